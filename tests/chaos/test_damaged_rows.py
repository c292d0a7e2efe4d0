"""A row that somebody else has written into, or a disk has spoilt, hurts its fit and no other."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.helpers.running_service import ENDLESS, RunningService

SHORT = {"hyperparameters": {"steps": 10}}
MEASURED = {"target": {"x": [0, 1, 2, 3], "y": [0.9, 3.1, 5.0, 7.2]}, "model": "a + b * x"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """Return a service with one worker."""
    running = RunningService(tmp_path_factory.mktemp("service"), workers=1)
    yield running
    running.close()


def damage(service: RunningService, fit_id: str, assignment: str) -> None:
    with closing(sqlite3.connect(service.database)) as connection, connection:
        connection.execute(f"UPDATE fits SET {assignment} WHERE id = ?", (fit_id,))  # noqa: S608


def status_in_the_table(service: RunningService, fit_id: str) -> str:
    with closing(sqlite3.connect(service.database)) as connection:
        status: str = connection.execute("SELECT status FROM fits WHERE id = ?", (fit_id,)).fetchone()[0]
        return status


def assert_it_is_told_as_damaged(service: RunningService, fit: dict[str, Any]) -> None:
    answer = service.client.get(fit["urls"]["self"])
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/fit-damaged")


@pytest.mark.parametrize(
    "assignment",
    [
        """request = '{"target": '""",
        "request = '{}'",
        "request = '[1]'",
        "request = 5",
        "request = X'FF00'",
        "result = 'nonsense'",
        "result = '{}'",
        "error = 'nonsense'",
        "error = '{}'",
        "status = 'lost'",
        "reason = 'lost'",
        "created_at = 'long ago'",
        "created_at = 1e300",
        "step = 'many'",
    ],
)
def test_a_list_goes_on_without_a_fit_that_can_not_be_read_and_says_so(
    service: RunningService, assignment: str
) -> None:
    older, damaged, newer = (service.fitted(SHORT) for _ in range(3))
    damage(service, damaged["id"], assignment)
    page = service.client.get("/fit", params={"limit": 3}).json()
    assert [fit["id"] for fit in page["data"]] == [newer["id"], older["id"]]
    assert page["damaged"] == [damaged["id"]]
    last = service.client.get("/fit", params={"limit": 2}).json()["last_id"]
    assert last == damaged["id"]
    assert service.client.get("/fit", params={"after": last, "limit": 1}).json()["data"][0]["id"] == older["id"]
    assert_it_is_told_as_damaged(service, damaged)
    assert service.client.delete(damaged["urls"]["self"]).status_code == 204
    assert service.client.get("/fit", params={"limit": 2}).json()["damaged"] == []


@pytest.mark.parametrize("table", ["fit_arrays SET numbers", "fit_losses SET losses"])
def test_a_fit_whose_numbers_are_damaged_is_told_as_such(service: RunningService, table: str) -> None:
    fit = service.fitted(MEASURED | SHORT)
    with closing(sqlite3.connect(service.database)) as connection, connection:
        number = connection.execute("SELECT number FROM fits WHERE id = ?", (fit["id"],)).fetchone()
        connection.execute(f"UPDATE {table} = X'0102' WHERE fit_number = ?", number)
    assert_it_is_told_as_damaged(service, fit)
    assert service.client.get("/fit", params={"limit": 1}).json()["data"][0]["id"] == fit["id"]


def test_damaged_fits_in_the_queue_fail_and_the_others_are_trained(service: RunningService) -> None:
    running = service.post(ENDLESS)["id"]
    service.wait_for_step(running, 1)
    unreadable, without_target, odd, sound = (service.post(SHORT)["id"] for _ in range(4))
    damage(service, unreadable, "request = 'nonsense'")
    damage(service, without_target, "request = '{}'")
    damage(service, odd, "expected_seconds = 'soon', attempt = 'first'")
    service.cancelled(running)
    assert service.ended(sound)["status"] == "succeeded"
    assert service.ended(odd)["status"] == "succeeded"
    for fit_id in (unreadable, without_target):
        service.wait_until(lambda fit_id=fit_id: status_in_the_table(service, fit_id) == "failed", "its failure")
