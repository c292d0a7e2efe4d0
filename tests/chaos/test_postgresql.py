"""The whole service on PostgreSQL: it outlasts a restart of the server, and shares its queue with another service."""

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.helpers.postgres_server import PostgresServer
from tests.helpers.running_service import ENDLESS, RunningService


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url:
        yield url


def test_fits_that_wait_and_one_that_is_trained_outlast_a_restart_of_the_server(
    postgres: PostgresServer, url: str, start_service: Callable[..., RunningService]
) -> None:
    service = start_service(database_url=url, workers=1)
    tutorial = service.fitted()
    assert (tutorial["status"], tutorial["progress"]["step"]) == ("succeeded", 2000)
    trained = service.post(ENDLESS)["id"]
    service.wait_for_step(trained, 1)
    waiting = [service.post()["id"] for _ in range(5)]

    postgres.stop(signal.SIGQUIT)
    refused = service.client.post("/fit", json={})
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/database-unavailable")
    assert "store" in service.client.get("/readyz").json()["checks"]
    service.wait_until(lambda: "fits can't be handed out at the moment" in service.log, "the outage in the log")
    postgres.start()

    step = service.get(trained)["progress"]["step"]
    service.wait_for_step(trained, step + 1)
    assert service.cancelled(trained)["status"] == "cancelled"
    assert [service.ended(fit_id)["result"]["coefficients"] for fit_id in waiting] == [
        tutorial["result"]["coefficients"]
    ] * 5
    assert "Traceback" not in service.log, service.log


def test_two_services_share_one_queue_and_train_no_fit_twice(url: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        services = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            started = RunningService(tmp_path / name, database_url=url, workers=1, log_level="info")
            services.append(stack.enter_context(closing(started)))
        one, other = services
        long = [one.post(ENDLESS)["id"] for _ in range(2)]
        for fit_id in long:
            other.wait_for_step(fit_id, 1)
        short = [service.post()["id"] for _ in range(10) for service in services]
        for fit_id in long:
            assert one.cancelled(fit_id)["status"] == "cancelled"
        for number, fit_id in enumerate(short):
            assert services[(number + 1) % 2].ended(fit_id)["status"] == "succeeded"
        logs = [service.log for service in services]
    ends = [line for log in logs for line in log.splitlines() if "fit ended" in line]
    assert [sum(fit_id in line for line in ends) for fit_id in short] == [1] * len(short)
    assert all("fit begun" in log for log in logs), "each has a share"
