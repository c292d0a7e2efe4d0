"""The command line; tests/test_server.py has what it says of settings."""

import subprocess
import sys
from importlib.metadata import version

import pytest

WITHOUT_SLOW_PARTS = """
import sys
from app.cli.main import app
try:
    app([sys.argv[1]])
except SystemExit:
    slow = {"torch", "fastapi", "distributed", "sqlalchemy", "uvicorn"} & {*sys.modules}
    print(f"loaded: {sorted(slow)}")
"""


@pytest.mark.parametrize(("option", "words"), [("--version", version("fit-service")), ("--help", "keys")])
def test_help_and_version_answer_without_loading_what_is_slow(option: str, words: str) -> None:
    command = [sys.executable, "-c", WITHOUT_SLOW_PARTS, option]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert words in ended.stdout
    assert "loaded: []" in ended.stdout
