"""The worker processes of a running service."""

from tests.helpers.running_service import RunningService


def test_workers_keep_their_memory_between_the_steps_of_a_batch(service: RunningService) -> None:
    kept = [int(process.environ()["MALLOC_TRIM_THRESHOLD_"]) for process in service.worker_processes]
    assert kept
    assert min(kept) >= 100 * 2**20
