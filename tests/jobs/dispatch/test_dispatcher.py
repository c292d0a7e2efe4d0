"""Queued fits are handed to a real worker process, and taken back when the service stops."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from app.jobs.dispatch.cluster import Cluster
from app.jobs.dispatch.dispatcher import Dispatcher
from app.jobs.dispatch.local_cluster import local_cluster
from app.jobs.store.database import open_engine
from app.jobs.store.fits import Store
from app.jobs.store.migration import migrate
from app.settings import Settings
from tests.helpers.running_service import ENDLESS
from tests.helpers.trained_fits import submitted, worker_settings
from tests.helpers.waiting import wait_until

CHUNK_SECONDS = 0.05


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Return the database that the worker process knows."""
    opened = open_engine(f"sqlite:///{tmp_path_factory.mktemp('dispatcher')}/fits.db")
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def cluster(engine: Engine) -> Iterator[Cluster]:
    with local_cluster(1, worker_settings(engine, CHUNK_SECONDS)) as cluster:
        yield cluster


@pytest.fixture
def ended() -> list[str]:
    """Whose end the dispatcher has told."""
    return []


@pytest.fixture
def start(engine: Engine, cluster: Cluster, ended: list[str]) -> Iterator[Callable[[], Dispatcher]]:
    """Start a dispatcher that stops after the test."""
    started: list[Dispatcher] = []

    def start() -> Dispatcher:
        started.append(Dispatcher(engine, cluster, Settings(), ended.append))
        started[-1].start()
        return started[-1]

    yield start
    for dispatcher in started:
        dispatcher.stop()


def test_a_queued_fit_is_trained_and_its_end_is_told(
    engine: Engine, start: Callable[[], Dispatcher], ended: list[str]
) -> None:
    store = Store(engine)
    record = store.create(submitted({"target": {"points": 10}, "hyperparameters": {"steps": 5}}))
    dispatcher = start()
    dispatcher.ping()
    wait_until(lambda: record.id in ended, lambda: "the end of the fit")
    assert store.get(record.id).status == "succeeded"


def test_a_dispatcher_that_stops_queues_again_what_is_under_way(
    engine: Engine, start: Callable[[], Dispatcher]
) -> None:
    store = Store(engine)
    record = store.create(submitted(ENDLESS))
    dispatcher = start()
    wait_until(lambda: store.get(record.id).step > 0, lambda: "a checkpoint")
    dispatcher.stop()
    assert store.get(record.id).status == "queued"
    with pytest.raises(RuntimeError, match="the dispatcher has stopped"):
        dispatcher.ping()
    store.cancel(record.id)


def test_a_running_fit_that_is_cancelled_leaves_the_worker_to_the_next(
    engine: Engine, start: Callable[[], Dispatcher], ended: list[str]
) -> None:
    store = Store(engine)
    start()
    running = store.create(submitted(ENDLESS))
    wait_until(lambda: store.get(running.id).step > 0, lambda: "a checkpoint")
    queued = store.create(submitted({"target": {"points": 10}, "hyperparameters": {"steps": 5}}))
    store.cancel(running.id)
    wait_until(lambda: {running.id, queued.id} <= {*ended}, lambda: "the end of both")
    assert (store.get(running.id).status, store.get(queued.id).status) == ("cancelled", "succeeded")
