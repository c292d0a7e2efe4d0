"""The whole service on PostgreSQL: it outlasts a restart of the server."""

import signal
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from app.jobs.store import queue
from app.jobs.store.attempts import begin, report_chunk
from app.jobs.store.database import open_engine
from app.jobs.store.fits import Store
from app.jobs.store.turns import Turns
from app.jobs.worker.many_curves import train_many
from tests.helpers.cut_fits import BLOCKS, CURVES_OF_A_BLOCK, cut_into_blocks
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.trained_fits import ONE_CHUNK, submitted


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.mark.long
def test_what_a_worker_was_told_is_kept_outlasts_a_crash_of_the_server() -> None:
    with closing(PostgresServer(durable=True)) as server, server.database() as url:
        engine = open_engine(url)
        store = Store(engine, most_parts=2)
        fit_id = store.create(submitted(cut_into_blocks())).id
        attempts = [attempt for (attempt,) in queue.claim(engine, "me", 2, Turns())]
        for attempt in attempts:
            work = begin(engine, attempt)
            assert work is not None
            goes_on = True
            for report in train_many(work, work.fit.target, ONE_CHUNK):  # type: ignore[arg-type]
                if report is not None and goes_on:
                    goes_on = report_chunk(engine, attempt, work.fit_number, report)
                    server.stop(signal.SIGQUIT)
                    server.start()
        record = store.get(fit_id)
        ended, _ = store.curves.ended_from(record.number, 0, 100)
        engine.dispose()
    assert record.status == "succeeded"
    assert [row["curve"] for row in ended] == [*range(CURVES_OF_A_BLOCK * BLOCKS)]


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
