"""Workers of a scheduler that runs elsewhere: real processes, which come and go."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue

import pytest
from sqlalchemy import Engine, select, update

from app.cli.authority import make_certificates
from app.jobs.dispatch.dispatcher import Dispatcher
from app.jobs.dispatch.remote_cluster import RemoteWorkers, remote_cluster
from app.jobs.dispatch.tls import security_of
from app.jobs.store.database import open_engine, reading, writing
from app.jobs.store.fits import Store
from app.jobs.store.tables import fits
from app.jobs.worker.process import WorkerSettings
from app.settings import Settings
from tests.helpers.hosted_cluster import WORKERS, HostedCluster, Place
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.running_service import ENDLESS, free_port
from tests.helpers.trained_fits import submitted
from tests.helpers.waiting import wait_until

CHUNK_SECONDS = 0.05
SEVERAL_LOOKS = 4.0
"""Seconds in which each dispatcher looks for work four times and more."""


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> Iterator[Engine]:
    with postgres.database() as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture(scope="module")
def hosted(database: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostedCluster]:
    """Return a scheduler with two workers."""
    url = database.url.render_as_string()
    with closing(HostedCluster(tmp_path_factory.mktemp("cluster"), [Place(url)])) as cluster:
        yield cluster


@contextmanager
def serving(hosted: HostedCluster, database: Engine) -> Iterator[RemoteWorkers]:
    """Hand fits out as a service does, once all workers are there."""
    settings = Settings(
        scheduler=hosted.address, database_url=database.url.render_as_string(), lease_seconds=3, **hosted.files
    )
    told = WorkerSettings(None, CHUNK_SECONDS)
    with remote_cluster(hosted.address, security_of(settings), told) as cluster:
        wait_until(lambda: sum(cluster.free_workers().values()) == WORKERS, lambda: f"the workers\n{hosted.log}")
        ended: SimpleQueue[str] = SimpleQueue()
        dispatcher = Dispatcher(database, cluster, settings, ended.put)
        dispatcher.start()
        try:
            yield cluster
        finally:
            dispatcher.stop()


@pytest.fixture
def workers(hosted: HostedCluster, database: Engine) -> Iterator[RemoteWorkers]:
    with serving(hosted, database) as cluster:
        yield cluster


def status(store: Store, fit_id: str) -> str:
    return store.get(fit_id).status


def await_step(store: Store, fit_id: str, step: int) -> None:
    wait_until(lambda: store.get(fit_id).step >= step, lambda: f"step {step} of {fit_id}")


def await_end(store: Store, fit_id: str) -> str:
    wait_until(lambda: store.get(fit_id).ended, lambda: f"the end of {fit_id}")
    return status(store, fit_id)


@pytest.mark.usefixtures("workers")
def test_fits_are_trained_by_workers_that_have_the_database_from_their_own_settings(database: Engine) -> None:
    store = Store(database)
    ids = [store.create(submitted({})).id for _ in range(5)]
    assert [await_end(store, fit_id) for fit_id in ids] == ["succeeded"] * 5


def test_two_services_share_the_workers_and_no_fit_waits_behind_another_services_long_one(
    hosted: HostedCluster, database: Engine
) -> None:
    store = Store(database)
    with serving(hosted, database), serving(hosted, database):
        long = store.create(submitted(ENDLESS)).id
        await_step(store, long, 1)
        short = [store.create(submitted({})).id for _ in range(6)]
        assert [await_end(store, fit_id) for fit_id in short] == ["succeeded"] * 6
        assert status(store, long) == "running"
        store.cancel(long)
        assert await_end(store, long) == "cancelled"


@pytest.mark.long
def test_a_worker_that_another_service_has_is_not_handed_the_same_fit_again_and_again(
    hosted: HostedCluster, database: Engine
) -> None:
    store = Store(database)
    with serving(hosted, database), serving(hosted, database):
        long = [store.create(submitted(ENDLESS)).id for _ in range(WORKERS)]
        for fit_id in long:
            await_step(store, fit_id, 1)
        waiting = store.create(submitted({})).id
        time.sleep(SEVERAL_LOOKS)
        assert store.get(waiting).attempt <= 2 * WORKERS
        for fit_id in long:
            store.cancel(fit_id)
        assert await_end(store, waiting) == "succeeded"


@pytest.mark.usefixtures("workers")
def test_a_fit_waits_for_a_worker_that_has_its_device_and_holds_up_no_other(database: Engine) -> None:
    store = Store(database)
    waiting = store.create(submitted({})).id
    with writing(database) as connection:
        connection.execute(update(fits).where(fits.c.id == waiting).values(status="queued", device="cuda"))
    others = [store.create(submitted({})).id for _ in range(3)]
    assert [await_end(store, fit_id) for fit_id in others] == ["succeeded"] * 3
    if status(store, waiting) == "queued":
        assert store.cancel(waiting).status == "cancelled"


def test_a_fit_goes_on_when_its_worker_is_killed_and_the_worker_comes_back(
    workers: RemoteWorkers, hosted: HostedCluster, database: Engine
) -> None:
    store = Store(database)
    fit_id = store.create(submitted(ENDLESS)).id
    await_step(store, fit_id, 1)
    for process in hosted.worker_processes:
        process.kill()
    step = store.get(fit_id).step
    await_step(store, fit_id, step + 1)
    store.cancel(fit_id)
    assert await_end(store, fit_id) == "cancelled"
    wait_until(lambda: sum(workers.free_workers().values()) == WORKERS, lambda: hosted.log)


def test_where_the_scheduler_is_lost_nobody_is_blamed_and_fits_go_on_when_it_is_back(
    workers: RemoteWorkers, hosted: HostedCluster, database: Engine
) -> None:
    store = Store(database)
    fit_id = store.create(submitted(ENDLESS)).id
    await_step(store, fit_id, 1)
    hosted.kill_scheduler()
    wait_until(lambda: not is_reached(workers), lambda: "the loss of the scheduler")
    with pytest.raises(RuntimeError, match="can't be reached"):
        workers.ping()
    hosted.start_scheduler()
    attempt = store.get(fit_id).attempt
    wait_until(lambda: store.get(fit_id).attempt > attempt or status(store, fit_id) == "running", lambda: hosted.log)
    step = store.get(fit_id).step
    await_step(store, fit_id, step + 1)
    with reading(database) as connection:
        assert connection.execute(select(fits.c.lost_workers).where(fits.c.id == fit_id)).scalar_one() == 0
    store.cancel(fit_id)
    assert await_end(store, fit_id) == "cancelled"


def is_reached(workers: RemoteWorkers) -> bool:
    try:
        workers.ping()
    except RuntimeError:
        return False
    return True


def test_certificates_of_another_authority_are_refused_and_the_log_says_so_once(
    hosted: HostedCluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make_certificates(tmp_path, days=1)
    files = {name: str(tmp_path / Path(path).name) for name, path in hosted.files.items()}
    settings = Settings(scheduler=hosted.address, database_url="postgresql+psycopg://somewhere", **files)
    with (
        caplog.at_level(logging.WARNING),
        remote_cluster(hosted.address, security_of(settings), WorkerSettings(None, 1)) as cluster,
    ):
        wait_until(lambda: caplog.records != [], lambda: "a warning")
        assert not is_reached(cluster)
    (told,) = [record.getMessage() for record in caplog.records if record.name.startswith("app.")]
    assert told.startswith(f"the scheduler at {hosted.address} can't be reached; trying again: ")


def test_where_no_scheduler_listens_the_cause_is_told_and_the_end_waits_for_nothing(
    hosted: HostedCluster, caplog: pytest.LogCaptureFixture
) -> None:
    address = f"tls://127.0.0.1:{free_port()}"
    settings = Settings(scheduler=address, database_url="postgresql+psycopg://somewhere", **hosted.files)
    with (
        caplog.at_level(logging.WARNING),
        remote_cluster(address, security_of(settings), WorkerSettings(None, 1)) as cluster,
        pytest.raises(RuntimeError, match="Connect call failed"),
    ):
        cluster.ping()
    (told,) = [record.getMessage() for record in caplog.records if record.name.startswith("app.")]
    assert "Connect call failed" in told
