"""The command that shows the library of models."""

import json

from app.cli.endings import Exit
from tests.helpers.command_line import run


def test_all_models_are_listed(where: tuple[str, str]) -> None:
    ended = run("models", *where)
    assert ended.returncode == 0
    assert [line.split()[0] for line in ended.stdout.splitlines() if line.startswith("gaussian ")] == ["gaussian"]


def test_one_model_is_shown_with_its_parameters_and_options(where: tuple[str, str]) -> None:
    written = run("models", "exponential_decay", *where).stdout
    described = json.loads(run("models", "exponential_decay", "--json", *where).stdout)
    assert described["formula"] in written
    assert [name for name in (*described["parameters"], *described["options"]) if f"\n{name} " not in written] == []


def test_a_model_that_is_not_there_is_refused(where: tuple[str, str]) -> None:
    assert run("models", "gauss", *where).returncode == Exit.REFUSED
