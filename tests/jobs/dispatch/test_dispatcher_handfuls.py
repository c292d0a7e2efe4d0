"""Handfuls of fits in the hands of real worker processes: nothing waits behind a long fit, nothing is lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import psutil
import pytest
from sqlalchemy import Engine, select

from app.jobs.dispatch.dispatcher import Dispatcher
from app.jobs.dispatch.local_cluster import local_cluster
from app.jobs.store.database import reading
from app.jobs.store.fits import Store
from app.jobs.store.tables import fits
from app.settings import Settings
from tests.helpers.running_service import ENDLESS, trains
from tests.helpers.trained_fits import ONE_CHUNK, submitted, worker_settings
from tests.helpers.waiting import wait_until

TINY = {"target": {"points": 10}, "hyperparameters": {"learning_rate": 5e-6, "steps": 5}}
Ended = list[str]
Start = Callable[[int, float], Dispatcher]


@pytest.fixture
def ended() -> Ended:
    """Whose end the dispatcher has told after it was written."""
    return []


@pytest.fixture
def nothing_is_wrong(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check after the test that nothing was logged."""
    yield
    assert [record.getMessage() for record in caplog.get_records("call")] == []


@pytest.fixture
def start(engine: Engine, ended: Ended) -> Iterator[Start]:
    """Start a cluster and a dispatcher that stop after the test."""
    clusters, dispatchers = [], []
    store = Store(engine)

    def note(fit_id: str) -> None:
        # A handful that a worker hands back is told whole, whatever it has not done yet included.
        if store.get(fit_id).ended:
            ended.append(fit_id)

    def start(workers: int, chunk_seconds: float) -> Dispatcher:
        clusters.append(local_cluster(workers, worker_settings(engine, chunk_seconds)))
        dispatchers.append(Dispatcher(engine, clusters[-1].__enter__(), Settings(), note))
        dispatchers[-1].start()
        return dispatchers[-1]

    yield start
    for dispatcher, cluster in zip(dispatchers, clusters, strict=True):
        dispatcher.stop()
        cluster.__exit__(None, None, None)


def stored(store: Store, *bodies: dict[str, object]) -> list[str]:
    """Store fits that all are expected to be short."""
    return [store.create(replace(submitted(body), expected_seconds=1e-3)).id for body in bodies]


def have_succeeded(store: Store, ids: list[str]) -> bool:
    return all(store.get(fit_id).status == "succeeded" for fit_id in ids)


@pytest.mark.usefixtures("nothing_is_wrong")
def test_short_fits_behind_a_long_one_all_end_while_it_runs(engine: Engine, start: Start, ended: Ended) -> None:
    store = Store(engine)
    long, *short = stored(store, ENDLESS, *[TINY] * 8)
    start(2, 0.05)
    wait_until(lambda: have_succeeded(store, short), lambda: "the end of the short fits")
    wait_until(lambda: {*short} <= {*ended}, lambda: "news of their ends")
    assert store.get(long).status == "running"
    store.cancel(long)


@pytest.mark.usefixtures("nothing_is_wrong")
def test_short_fits_before_a_long_one_are_told_while_it_runs(engine: Engine, start: Start, ended: Ended) -> None:
    store = Store(engine)
    *short, long = stored(store, TINY, TINY, ENDLESS)
    start(1, 0.05)
    wait_until(lambda: {*short} <= {*ended}, lambda: "news of their ends")
    assert have_succeeded(store, short)
    wait_until(lambda: store.get(long).status == "running", lambda: "the long one running")
    store.cancel(long)


@pytest.mark.long
def test_a_worker_that_is_killed_with_a_handful_loses_nothing_and_nobody_is_blamed(
    engine: Engine, start: Start
) -> None:
    store = Store(engine)
    first, long, last = stored(store, TINY, ENDLESS, TINY)
    # In one chunk: until the worker is killed, nothing that it has done is written.
    start(1, ONE_CHUNK)
    wait_until(lambda: is_begun(engine, last), lambda: "a worker that has begun")
    for child in psutil.Process().children(recursive=True):
        if trains(child):
            child.kill()
    wait_until(lambda: store.get(first).ended, lambda: "the end of the first")
    assert have_succeeded(store, [first])
    with reading(engine) as connection:
        assert set(connection.execute(select(fits.c.lost_workers)).scalars()) == {0}
    store.cancel(long)
    wait_until(lambda: have_succeeded(store, [last]), lambda: "the end of the last")


def is_begun(engine: Engine, fit_id: str) -> bool:
    with reading(engine) as connection:
        begun = fits.c.begun_attempt == fits.c.attempt
        return bool(connection.execute(select(begun).where(fits.c.id == fit_id, fits.c.attempt > 0)).scalar())
