"""kill -9 of workers and of the whole service, SIGTERM, cancel: nothing that was accepted is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.helpers.running_service import RunningService

StartService = Callable[..., RunningService]

# Enough points, all of them, that the fit is under way for seconds on any machine; few enough steps that it ends soon.
STEPS = 600
FIT = {
    "target": {"points": 30_000},
    "hyperparameters": {"steps": STEPS, "learning_rate": 3e-7, "compression": False},
}
ENDLESS = {"hyperparameters": {"steps": 10_000_000, "learning_rate": 1e-9}}


def under_way(service: RunningService, fit_id: str) -> int:
    """Waits until a fit has a checkpoint, makes sure that it is still being trained, and tells its step."""
    service.wait_for_step(fit_id, 20)
    fit = service.get(fit_id)
    assert fit["status"] == "running"
    assert fit["progress"]["step"] < STEPS
    return int(fit["progress"]["step"])


@pytest.fixture(scope="module")
def undisturbed(service: RunningService) -> list[tuple[int, float]]:
    fit = service.post(FIT, wait=60)
    assert fit["status"] == "succeeded"
    return service.losses(fit["id"])


def test_a_fit_whose_worker_is_killed_has_the_history_of_an_undisturbed_run(
    start_service: StartService, undisturbed: list[tuple[int, float]]
) -> None:
    service = start_service()
    fits = [service.post(FIT)["id"] for _ in range(3)]
    under_way(service, fits[0])
    for process in service.worker_processes:
        process.kill()
    for fit_id in fits:
        assert service.ended(fit_id)["status"] == "succeeded"
        assert service.losses(fit_id) == undisturbed


def test_a_fit_whose_service_is_killed_goes_on_from_its_checkpoint(
    start_service: StartService, undisturbed: list[tuple[int, float]]
) -> None:
    service = start_service()
    running, *queued = [service.post(FIT)["id"] for _ in range(5)]
    reached = under_way(service, running)
    service.kill()
    service.start()
    assert service.get(running)["progress"]["step"] >= reached
    for fit_id in [running, *queued]:
        fit = service.ended(fit_id)
        assert (fit["status"], fit["result"]["steps"]) == ("succeeded", STEPS)
        assert service.losses(fit_id) == undisturbed


def test_sigterm_stops_the_service_and_running_fits_go_on_after_the_restart(
    start_service: StartService, undisturbed: list[tuple[int, float]]
) -> None:
    service = start_service()
    fit_id = service.post(FIT)["id"]
    under_way(service, fit_id)
    service.terminate()
    service.start()
    assert service.ended(fit_id)["status"] == "succeeded"
    assert service.losses(fit_id) == undisturbed


def test_sigterm_answers_those_who_wait(start_service: StartService) -> None:
    service = start_service()
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(service.client.post, "/fit", json=ENDLESS, headers={"Prefer": "wait=60"})
        with httpx.Client(base_url=service.client.base_url, trust_env=False) as other:
            service.wait_until(lambda: other.get("/fit?status=running").json()["data"], "a running fit")
        service.terminate()
        assert answer.result().status_code == 202


def test_a_queued_fit_that_is_cancelled_never_runs(start_service: StartService) -> None:
    service = start_service(workers=1)
    first, second = (service.post(ENDLESS) for _ in range(2))
    service.wait_for_step(first["id"], 1)
    assert service.client.post(second["urls"]["cancel"]).json()["status"] == "cancelled"
    assert service.get(second["id"])["started_at"] is None
    service.client.post(first["urls"]["cancel"])
    assert service.ended(first["id"])["status"] == "cancelled"


# One step of it takes longer than any test waits.
SLOW = {
    "target": {"points": 5_000_000},
    "model": " + ".join(f"a{i} * legendre(99, b{i} * x / 4)" for i in range(10)),
    "hyperparameters": {"learning_rate": 5e-6, "steps": 1000},
}


@pytest.fixture
def slow_fit(start_service: StartService) -> tuple[RunningService, str]:
    """A service with one worker, and a fit that this worker is busy with."""
    service = start_service(workers=1, max_points=5_000_000)
    fit_id = service.post(SLOW)["id"]
    service.wait_until(lambda: service.is_begun(fit_id), "a worker that has begun")
    return service, fit_id


def test_a_fit_that_hangs_at_one_step_is_cancelled_by_replacing_its_worker(
    slow_fit: tuple[RunningService, str],
) -> None:
    service, fit_id = slow_fit
    service.client.post(f"/fit/{fit_id}/cancel")
    service.wait_until(lambda: service.get(fit_id)["status"] == "cancelled", "cancelled")
    assert service.post({"hyperparameters": {"steps": 10}}, wait=60)["status"] == "succeeded"


def test_a_fit_that_kills_its_worker_every_time_fails_and_the_next_one_is_trained(
    slow_fit: tuple[RunningService, str],
) -> None:
    service, poison = slow_fit

    def kill_worker_and_look() -> bool:
        if service.is_begun(poison):
            for process in service.worker_processes:
                process.kill()
        return service.get(poison)["status"] == "failed"

    service.wait_until(kill_worker_and_look, "failed")
    assert service.get(poison)["reason"] == service.get(poison)["error"]["code"] == "worker_lost"
    assert service.post({"hyperparameters": {"steps": 10}}, wait=60)["status"] == "succeeded"


def test_a_worker_that_is_killed_while_it_starts_is_replaced(start_service: StartService) -> None:
    service = start_service(workers=1)
    before = service.worker_processes
    before[0].kill()
    service.wait_until(lambda: set(service.worker_processes) - set(before), "a new worker process")
    for process in service.worker_processes:
        process.kill()
    assert service.post({"hyperparameters": {"steps": 10}}, wait=60)["status"] == "succeeded"


def test_a_second_service_on_the_same_database_does_not_start(start_service: StartService) -> None:
    service = start_service()
    with pytest.raises(AssertionError, match="another fit-service is at work"):
        RunningService(service.folder)
    assert service.client.get("/readyz").status_code == 200
