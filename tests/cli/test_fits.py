"""The commands that ask for fits of a running service."""

import json

import pytest

from app.cli.endings import Exit
from tests.helpers.command_line import run, run_on_terminal
from tests.helpers.measured import FORMULA, X, Y
from tests.helpers.running_service import ENDLESS, RunningService

DECAY = {"target": {"x": X.tolist(), "y": Y.tolist()}, "model": FORMULA}


def test_the_status_of_a_fit_is_its_report(service: RunningService, where: tuple[str, str]) -> None:
    fit = service.fitted(DECAY)
    ended = run("status", fit["id"], *where)
    assert ended.returncode == 0
    assert ended.stdout.startswith(f"{fit['id']} succeeded: ")
    assert json.loads(run("status", fit["id"], "--json", *where).stdout)["id"] == fit["id"]


def test_a_fit_is_cancelled_and_its_status_says_so(service: RunningService, where: tuple[str, str]) -> None:
    fit = service.post(ENDLESS)
    service.wait_for_step(fit["id"], 1)
    going_on = run("status", fit["id"], *where)
    assert going_on.returncode == 0
    assert "of at most 10,000,000" in going_on.stdout
    cancelled = run("cancel", fit["id"], *where)
    assert cancelled.returncode == 0
    assert "cancelled: it keeps its result of step" in cancelled.stdout
    assert run("status", fit["id"], *where).returncode == Exit.FAILED


def test_a_fit_that_has_succeeded_can_not_be_cancelled(service: RunningService, where: tuple[str, str]) -> None:
    assert run("cancel", service.fitted(DECAY)["id"], *where).returncode == Exit.REFUSED


def test_a_fit_is_watched_until_its_end(service: RunningService, where: tuple[str, str]) -> None:
    hyperparameters = {**ENDLESS["hyperparameters"], "max_seconds": 3}
    fit = service.post({**ENDLESS, "hyperparameters": hyperparameters})
    _, written = run_on_terminal("status", fit["id"], "--watch", *where)
    assert "of at most 10,000,000, loss" in written
    assert service.get(fit["id"])["reason"] == "timeout"


def test_fits_are_listed_by_status_and_label(service: RunningService, where: tuple[str, str]) -> None:
    posted = [service.fitted({**DECAY, "metadata": {"listed": where[1]}})["id"] for _ in range(2)]
    options = ("--status", "succeeded", "--label", f"listed={where[1]}", *where)
    head, *rows = run("list", *options).stdout.splitlines()
    assert head.split() == ["id", "status", "reason", "created", "(UTC)", "model", "labels"]
    assert [row.split()[0] for row in rows] == posted[::-1]
    assert run("list", "--search", posted[0], *where).stdout.splitlines()[1].startswith(posted[0])
    assert [fit["id"] for fit in json.loads(run("list", "--limit", 1, "--json", *options).stdout)] == posted[1:]


@pytest.mark.parametrize("arguments", [("status", "fit_0"), ("cancel", "fit_0"), ("list", "--status", "unknown")])
def test_what_is_not_there_is_refused(where: tuple[str, str], arguments: tuple[str, ...]) -> None:
    ended = run(*arguments, *where)
    assert (ended.returncode, ended.stdout) == (Exit.REFUSED, "")
    assert ended.stderr
