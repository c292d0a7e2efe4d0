"""Workers that are killed again and again, or can't be started: the service stays up, and they come back."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.helpers.running_service import RunningService

StartService = Callable[..., RunningService]

SHORT = {"hyperparameters": {"steps": 10}}
KILLING_SECONDS = 10
"""Long enough for each worker to be killed when it has joined and several times while it starts."""


def kill_workers(service: RunningService) -> None:
    for process in service.worker_processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()


@pytest.mark.long
def test_workers_that_are_killed_as_soon_as_they_are_seen_are_all_there_afterwards(
    start_service: StartService,
) -> None:
    service = start_service(workers=2)
    posted = [service.post(SHORT)["id"]]
    end = time.monotonic() + KILLING_SECONDS
    while time.monotonic() < end:
        kill_workers(service)
        time.sleep(0.02)
    posted.append(service.post(SHORT)["id"])
    service.wait_until(lambda: len(service.worker_processes) == 2, "two worker processes")
    assert [service.ended(fit_id)["status"] for fit_id in posted] == ["succeeded", "succeeded"]
    assert service.log.count("a worker process can't be started") == 1


@pytest.mark.long
def test_where_workers_can_not_be_started_the_service_says_why_once_and_goes_on_trying(
    start_service: StartService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    monkeypatch.setenv("DASK_TEMPORARY_DIRECTORY", str(scratch))
    service = start_service(workers=1)
    first = service.fitted(SHORT)["id"]
    # Where each worker makes its folder is no folder any more.
    scratch.rename(tmp_path / "elsewhere")
    scratch.touch()
    kill_workers(service)

    def cluster() -> str:
        words: str = service.client.get("/readyz").json()["checks"]["cluster"]
        return words

    service.wait_until(lambda: "Error: " in cluster(), "the cause")
    assert cluster().startswith("no worker process is there at the moment, and none can be started: ")
    assert service.client.get("/readyz").status_code == 503
    assert service.client.get("/livez").status_code == 200
    assert service.get(first)["status"] == "succeeded"
    assert service.client.delete(f"/fit/{first}").status_code == 204
    waiting = service.post(SHORT)["id"]
    # Some tries more; on a slow machine fewer, which the test does not mind.
    time.sleep(3)
    assert service.log.count("a worker process can't be started") == 1
    scratch.unlink()
    assert service.ended(waiting)["status"] == "succeeded"
    assert service.client.get("/readyz").status_code == 200
