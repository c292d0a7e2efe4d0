"""The whole service on PostgreSQL: it outlasts a restart of the server."""

import signal
from collections.abc import Callable, Iterator

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
