"""The database file is deleted or replaced while the service runs: nothing more is accepted, nothing is made up."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.fits_of_all_kinds import KINDS
from tests.helpers.running_service import RunningService

SHORT = {"hyperparameters": {"steps": 10}}
LARGE = KINDS["large body"]
"""Read by a process of its own."""


def delete(file: Path) -> None:
    file.unlink()


def replace(file: Path) -> None:
    copy = file.with_name("copy.db")
    shutil.copy(file, copy)
    copy.replace(file)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("service"), workers=1)
    yield running
    running.close()


@pytest.mark.parametrize(("harm", "how"), [(delete, "deleted"), (replace, "replaced")])
def test_without_its_database_file_the_service_is_not_ready_and_takes_nothing_until_it_is_back(
    service: RunningService, harm: Callable[[Path], None], how: str
) -> None:
    fit = service.fitted(SHORT)
    kept = service.folder / "kept.db"
    kept.hardlink_to(service.database)
    harm(service.database)
    ready = service.client.get("/readyz")
    assert ready.status_code == 503
    assert how in ready.json()["checks"]["store"]
    answers = [
        service.client.post("/fit", json=SHORT),
        service.client.get(fit["urls"]["self"]),
        service.client.get("/fit"),
        service.client.delete(fit["urls"]["self"]),
    ]
    assert [answer.status_code for answer in answers] == [503] * 4
    assert {answer.json()["type"] for answer in answers} == {"/problems/database-unavailable"}
    assert service.client.get("/livez").status_code == 200
    kept.replace(service.database)
    service.wait_until(lambda: service.client.get("/readyz").status_code == 200, "ready")
    assert service.client.get("/fit").json()["data"][0]["id"] == fit["id"]
    assert service.fitted(SHORT)["status"] == "succeeded"


def test_while_its_database_file_is_away_nobody_makes_a_new_one(service: RunningService) -> None:
    fit = service.fitted(SHORT)
    elsewhere = service.database.with_suffix(".elsewhere")
    service.database.rename(elsewhere)
    # A calculation process that is new, and a worker that is new, know of no file before.
    answer = service.client.post("/fit", json=LARGE)
    (worker,) = service.worker_processes
    worker.kill()
    service.wait_until(lambda: [process for process in service.worker_processes if process != worker], "a new worker")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/database-unavailable")
    assert not service.database.exists()
    elsewhere.rename(service.database)
    service.wait_until(lambda: service.client.get("/readyz").status_code == 200, "ready")
    assert service.get(fit["id"]) == fit
    assert service.fitted(LARGE)["status"] == "succeeded"
