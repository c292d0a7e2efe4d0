"""What the dispatcher says when fits can't be handed out or can't be run."""

import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlalchemy import Engine

from app.jobs.dispatch.dispatcher import IDLE_SECONDS, Dispatcher
from app.jobs.dispatch.local_cluster import local_cluster
from app.jobs.store.fits import Store
from app.jobs.submission.resolve import resolve
from app.jobs.worker.process import WorkerSettings
from app.schemas.request import FitRequest
from app.settings import Settings
from tests.helpers.running_service import RunningService
from tests.helpers.waiting import wait_until


def test_a_failure_that_goes_on_is_logged_once_and_the_dispatcher_recovers(
    start_service: Callable[..., RunningService],
) -> None:
    service = start_service(workers=1)
    with closing(sqlite3.connect(service.database)) as connection:
        connection.execute("ALTER TABLE fits RENAME TO elsewhere")
        service.wait_until(lambda: service.client.get("/readyz").status_code == 503, "the failure")
        # Some looks more; on a slow machine fewer, which the test does not mind.
        time.sleep(4 * IDLE_SECONDS)
        connection.execute("ALTER TABLE elsewhere RENAME TO fits")
    assert service.log.count("fits can't be handed out") == 1
    assert service.fitted({"hyperparameters": {"steps": 5}})["status"] == "succeeded"


def test_a_fit_that_a_worker_can_not_begin_fails_and_is_logged_once_with_its_id(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    store, settings = Store(engine), Settings(workers=1)
    fit_id = store.create(resolve(FitRequest(), settings, ["cpu"])).id
    no_database = WorkerSettings("nonsense://", settings.chunk_seconds)
    with local_cluster(1, no_database) as cluster:
        dispatcher = Dispatcher(engine, cluster, settings, lambda _fit_id: None)
        dispatcher.start()
        deadline = time.monotonic() + 120
        while not store.get(fit_id).ended and time.monotonic() < deadline:
            time.sleep(0.05)
        dispatcher.stop()
    assert (store.get(fit_id).status, store.get(fit_id).reason) == ("failed", "internal_error")
    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.getMessage() == f"failed outside of training: {fit_id}"
    assert "NoSuchModuleError" in str(record.exc_info)


def test_a_fit_goes_on_later_where_a_worker_can_not_use_the_database(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    store, settings = Store(engine), Settings(workers=1)
    fit_id = store.create(resolve(FitRequest(), settings, ["cpu"])).id
    with local_cluster(1, WorkerSettings("sqlite:////nowhere/fits.db", settings.chunk_seconds)) as cluster:
        dispatcher = Dispatcher(engine, cluster, settings, lambda _fit_id: None)
        dispatcher.start()
        wait_until(lambda: "training goes on later" in caplog.text, lambda: caplog.text)
        dispatcher.stop()
    assert "unable to open database file" in caplog.text
    assert store.get(fit_id).status == "queued"
