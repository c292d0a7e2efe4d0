"""The command line; tests/test_server.py has what it says of settings."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from app.client.fit_service_client import connection
from tests.helpers.command_line import environment_of

LOADED = """
import sys
from app.cli.main import app
try:
    app(sys.argv[1:])
except SystemExit:
    slow = {"torch", "fastapi", "distributed", "sqlalchemy", "uvicorn", "numpy", "httpx", "rich", "app.fitting"}
    print("loaded:", *sorted(slow & {*sys.modules}))
"""
NOBODY = ("--where", "http://127.0.0.1:1")


def loaded(*arguments: str) -> tuple[str, list[str]]:
    """Return what a command says, and what of the slow parts it has loaded."""
    command = [sys.executable, "-c", LOADED, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment_of())
    said, _, parts = ended.stdout.partition("loaded:")
    return said, parts.split()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--version",), version("fit-service")), (("--help",), "keys"), (("fit", "--help"), "--predict")],
)
def test_help_and_version_answer_without_loading_what_is_slow(arguments: tuple[str, ...], words: str) -> None:
    said, parts = loaded(*arguments)
    assert words in said
    assert parts == []


@pytest.mark.parametrize(
    "command", [("status", "fit_0"), ("cancel", "fit_0"), ("list",), ("models",), ("fit", "-", "linear")]
)
def test_a_command_that_asks_a_service_loads_nothing_of_it(command: tuple[str, ...]) -> None:
    _, parts = loaded(*command, *NOBODY)
    assert {*parts} <= {"httpx", "numpy", "rich"}


@pytest.mark.parametrize("name", ["URL", "KEY"])
def test_where_and_key_are_those_of_the_python_client(name: str) -> None:
    assert getattr(connection, f"{name}_VARIABLE") == f"FITSERVICE_{name}"
    assert f"FITSERVICE_{name}" in loaded("list", "--help")[0]
