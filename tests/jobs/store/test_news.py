"""What services on one database tell each other."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import DisconnectionError

from app.jobs.store import attempts, queue
from app.jobs.store.database import unavailability, writing
from app.jobs.store.fits import Store
from app.jobs.store.news import listening, tell
from app.jobs.store.records import Ending
from app.jobs.store.turns import Turns
from app.schemas.status import Reason, Status
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.stored_fits import claimed, report, submission
from tests.helpers.waiting import PATIENCE

SUCCEEDED = Ending(Status.SUCCEEDED, Reason.MAX_STEPS, "all steps are done")
Heard = Callable[[float], list[str]]


@pytest.fixture
def store(postgres_engine: Engine) -> Store:
    return Store(postgres_engine)


@pytest.fixture
def heard(postgres_engine: Engine) -> Iterator[Heard]:
    with listening(postgres_engine) as heard:
        yield heard


def test_a_new_fit_is_told(store: Store, heard: Heard) -> None:
    store.create(submission())
    assert heard(PATIENCE) == ["queued"]


def test_the_end_of_a_fit_is_told(store: Store, heard: Heard) -> None:
    attempt = claimed(store)
    assert heard(PATIENCE) == ["queued"]
    attempts.report_chunk(store.engine, attempt, 1, report(0, [2.0]))
    attempts.report_chunk(store.engine, attempt, 1, report(1, [1.0], SUCCEEDED))
    assert heard(PATIENCE) == [attempt.fit_id]


def test_a_cancel_is_told_and_that_the_fit_is_deleted(store: Store, heard: Heard) -> None:
    fit_id = store.create(submission()).id
    store.cancel(fit_id)
    store.delete(fit_id)
    news: list[str] = []
    while len(news) < 3:
        news += heard(PATIENCE)
    assert news == ["queued", fit_id, fit_id]


def test_fits_that_are_queued_again_are_told(store: Store, heard: Heard) -> None:
    claimed(store)
    assert heard(PATIENCE) == ["queued"]
    queue.release(store.engine, "me")
    assert heard(PATIENCE) == ["queued"]
    assert len(queue.claim(store.engine, "other", 1, Turns())) == 1


def test_nothing_is_told_of_a_transaction_that_failed(store: Store, heard: Heard) -> None:
    with pytest.raises(RuntimeError, match="in the middle"):
        tell_and_fail(store.engine)
    assert heard(0.05) == []


def tell_and_fail(engine: Engine) -> None:
    with writing(engine) as connection:
        tell(connection, ["fit_1"])
        raise RuntimeError("in the middle")


def test_with_a_file_there_is_nobody_to_tell(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        tell(connection, ["fit_1"])


def test_a_connection_that_is_lost_is_an_outage(postgres: PostgresServer, heard: Heard) -> None:
    postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
    with pytest.raises(DisconnectionError) as caught:
        heard(PATIENCE)
    assert unavailability(caught.value)
