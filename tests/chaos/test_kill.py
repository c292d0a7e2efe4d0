"""kill -9 of workers and of the whole service, SIGTERM, cancel: nothing that was accepted is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.waiting import PATIENCE

SHORT = {"hyperparameters": {"steps": 10}}


@pytest.fixture(scope="module")
def only_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    limits = {"max_points": 5_000_000, "max_lost_workers": 2, "max_wait_seconds": PATIENCE}
    running = RunningService(tmp_path_factory.mktemp("disturbed"), workers=1, **limits)
    yield running
    running.close()


@pytest.fixture
def disturbed(only_service: RunningService) -> RunningService:
    """Return a running service with one worker, which the test may kill."""
    if only_service.process.poll() is not None:
        only_service.start()
    return only_service


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
    disturbed: RunningService, service: RunningService
) -> None:
    running, queued = (disturbed.post(body)["id"] for body in (ENDLESS, SHORT))
    reached = under_way(disturbed, running)
    for process in disturbed.worker_processes:
        process.kill()
    assert_it_went_on_as_if_nothing_had_happened(disturbed, running, reached, service)
    assert disturbed.ended(queued)["status"] == "succeeded"


def test_a_fit_whose_service_is_killed_goes_on_from_its_checkpoint(
    disturbed: RunningService, service: RunningService
) -> None:
    running, *queued = (disturbed.post(body)["id"] for body in (ENDLESS, SHORT, SHORT, SHORT))
    reached = under_way(disturbed, running)
    disturbed.kill()
    disturbed.start()
    assert disturbed.get(running)["progress"]["step"] >= reached
    assert_it_went_on_as_if_nothing_had_happened(disturbed, running, reached, service)
    for fit_id in queued:
        assert disturbed.ended(fit_id)["status"] == "succeeded"


def test_sigterm_stops_the_service_and_running_fits_go_on_after_the_restart(
    disturbed: RunningService, service: RunningService
) -> None:
    fit_id = disturbed.post(ENDLESS)["id"]
    reached = under_way(disturbed, fit_id)
    disturbed.terminate()
    disturbed.start()
    assert_it_went_on_as_if_nothing_had_happened(disturbed, fit_id, reached, service)


def test_sigterm_answers_those_who_wait(disturbed: RunningService) -> None:
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(disturbed.client.post, "/fit", json=ENDLESS, headers={"Prefer": f"wait={PATIENCE}"})
        disturbed.wait_until(lambda: disturbed.client.get("/fit?status=running").json()["data"], "a running fit")
        disturbed.terminate()
        assert answer.result().status_code == 202
    disturbed.start()
    disturbed.cancelled(answer.result().json()["id"])


@pytest.mark.long
def test_a_queued_fit_that_is_cancelled_never_runs(disturbed: RunningService) -> None:
    first, second = (disturbed.post(ENDLESS) for _ in range(2))
    disturbed.wait_for_step(first["id"], 1)
    assert disturbed.client.post(second["urls"]["cancel"]).json()["status"] == "cancelled"
    assert disturbed.get(second["id"])["started_at"] is None
    assert disturbed.cancelled(first["id"])["status"] == "cancelled"


# One step of it takes far longer than the service waits for a worker that is to stop.
SLOW = {
    "target": {"points": 5_000_000},
    "model": " + ".join(f"a{i} * legendre(99, b{i} * x / 4)" for i in range(10)),
    "hyperparameters": {"learning_rate": 5e-6, "steps": 1000},
}


@pytest.fixture
def slow_fit(disturbed: RunningService) -> str:
    """Return a fit that the only worker is busy with."""
    fit_id: str = disturbed.post(SLOW)["id"]
    disturbed.wait_until(lambda: disturbed.is_begun(fit_id), "a worker that has begun")
    return fit_id


def test_a_fit_that_hangs_at_one_step_is_cancelled_by_replacing_its_worker(
    disturbed: RunningService, slow_fit: str
) -> None:
    assert disturbed.cancelled(slow_fit)["status"] == "cancelled"
    assert disturbed.fitted(SHORT)["status"] == "succeeded"


def test_a_fit_that_kills_its_worker_every_time_fails_and_the_next_one_is_trained(
    disturbed: RunningService, slow_fit: str
) -> None:
    def kill_worker_and_look() -> bool:
        if disturbed.is_begun(slow_fit):
            for process in disturbed.worker_processes:
                process.kill()
        return bool(disturbed.get(slow_fit)["status"] == "failed")

    disturbed.wait_until(kill_worker_and_look, "failed")
    fit = disturbed.get(slow_fit)
    assert fit["reason"] == fit["error"]["code"] == "worker_lost"
    assert disturbed.fitted(SHORT)["status"] == "succeeded"


@pytest.mark.long
def test_a_worker_that_is_killed_while_it_starts_is_replaced(disturbed: RunningService) -> None:
    before = disturbed.worker_processes
    before[0].kill()
    disturbed.wait_until(lambda: set(disturbed.worker_processes) - set(before), "a new worker process")
    for process in disturbed.worker_processes:
        process.kill()
    assert disturbed.fitted(SHORT)["status"] == "succeeded"


def test_a_second_service_on_the_same_database_does_not_start(service: RunningService) -> None:
    with pytest.raises(AssertionError, match="another fit-service is at work"):
        RunningService(service.folder)
    assert service.client.get("/readyz").status_code == 200
