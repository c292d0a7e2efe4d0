"""kill -9 of workers and of the whole service, SIGTERM, cancel: nothing that was accepted is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.waiting import PATIENCE

StartService = Callable[..., RunningService]

SHORT = {"hyperparameters": {"steps": 10}}


def under_way(service: RunningService, fit_id: str) -> int:
    """Wait until a fit that never ends by itself has a checkpoint, and return its step."""
    service.wait_for_step(fit_id, 20)
    return int(service.get(fit_id)["progress"]["step"])


def assert_it_went_on_as_if_nothing_had_happened(
    disturbed: RunningService, fit_id: str, reached: int, undisturbed: RunningService
) -> None:
    """Let the fit go beyond the step at which it was disturbed; compare with a fit that was left alone."""
    disturbed.wait_for_step(fit_id, reached + 1)
    fit = disturbed.cancelled(fit_id)
    assert (fit["status"], fit["reason"]) == ("cancelled", "cancelled")
    steps = fit["result"]["steps"]
    alone = undisturbed.fitted(ENDLESS | {"hyperparameters": ENDLESS["hyperparameters"] | {"steps": steps}})
    assert alone["status"] == "succeeded"
    assert disturbed.losses(fit_id) == undisturbed.losses(alone["id"])
    assert fit["result"]["coefficients"] == alone["result"]["coefficients"]


@pytest.mark.long
def test_a_fit_whose_worker_is_killed_has_the_history_of_an_undisturbed_run(
    start_service: StartService, service: RunningService
) -> None:
    disturbed = start_service(workers=1)
    running, queued = (disturbed.post(body)["id"] for body in (ENDLESS, SHORT))
    reached = under_way(disturbed, running)
    for process in disturbed.worker_processes:
        process.kill()
    assert_it_went_on_as_if_nothing_had_happened(disturbed, running, reached, service)
    assert disturbed.ended(queued)["status"] == "succeeded"


def test_a_fit_whose_service_is_killed_goes_on_from_its_checkpoint(
    start_service: StartService, service: RunningService
) -> None:
    disturbed = start_service(workers=1)
    running, *queued = (disturbed.post(body)["id"] for body in (ENDLESS, SHORT, SHORT, SHORT))
    reached = under_way(disturbed, running)
    disturbed.kill()
    disturbed.start()
    assert disturbed.get(running)["progress"]["step"] >= reached
    assert_it_went_on_as_if_nothing_had_happened(disturbed, running, reached, service)
    for fit_id in queued:
        assert disturbed.ended(fit_id)["status"] == "succeeded"


def test_sigterm_stops_the_service_and_running_fits_go_on_after_the_restart(
    start_service: StartService, service: RunningService
) -> None:
    disturbed = start_service(workers=1)
    fit_id = disturbed.post(ENDLESS)["id"]
    reached = under_way(disturbed, fit_id)
    disturbed.terminate()
    disturbed.start()
    assert_it_went_on_as_if_nothing_had_happened(disturbed, fit_id, reached, service)


def test_sigterm_answers_those_who_wait(start_service: StartService) -> None:
    service = start_service(workers=1, max_wait_seconds=PATIENCE)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(service.client.post, "/fit", json=ENDLESS, headers={"Prefer": f"wait={PATIENCE}"})
        service.wait_until(lambda: service.client.get("/fit?status=running").json()["data"], "a running fit")
        service.terminate()
        assert answer.result().status_code == 202


def test_a_queued_fit_that_is_cancelled_never_runs(start_service: StartService) -> None:
    service = start_service(workers=1)
    first, second = (service.post(ENDLESS) for _ in range(2))
    service.wait_for_step(first["id"], 1)
    assert service.client.post(second["urls"]["cancel"]).json()["status"] == "cancelled"
    assert service.get(second["id"])["started_at"] is None
    assert service.cancelled(first["id"])["status"] == "cancelled"


# One step of it takes far longer than the service waits for a worker that is to stop.
SLOW = {
    "target": {"points": 5_000_000},
    "model": " + ".join(f"a{i} * legendre(99, b{i} * x / 4)" for i in range(10)),
    "hyperparameters": {"learning_rate": 5e-6, "steps": 1000},
}


@pytest.fixture
def slow_fit(start_service: StartService) -> tuple[RunningService, str]:
    """Return a service with one worker, and a fit that this worker is busy with."""
    service = start_service(workers=1, max_points=5_000_000, max_lost_workers=2)
    fit_id = service.post(SLOW)["id"]
    service.wait_until(lambda: service.is_begun(fit_id), "a worker that has begun")
    return service, fit_id


def test_a_fit_that_hangs_at_one_step_is_cancelled_by_replacing_its_worker(
    slow_fit: tuple[RunningService, str],
) -> None:
    service, fit_id = slow_fit
    assert service.cancelled(fit_id)["status"] == "cancelled"
    assert service.fitted(SHORT)["status"] == "succeeded"


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
    assert service.fitted(SHORT)["status"] == "succeeded"


@pytest.mark.long
def test_a_worker_that_is_killed_while_it_starts_is_replaced(start_service: StartService) -> None:
    service = start_service(workers=1)
    before = service.worker_processes
    before[0].kill()
    service.wait_until(lambda: set(service.worker_processes) - set(before), "a new worker process")
    for process in service.worker_processes:
        process.kill()
    assert service.fitted(SHORT)["status"] == "succeeded"


def test_a_second_service_on_the_same_database_does_not_start(service: RunningService) -> None:
    with pytest.raises(AssertionError, match="another fit-service is at work"):
        RunningService(service.folder)
    assert service.client.get("/readyz").status_code == 200
