"""Times are the database's: a process whose clock is wrong does no harm."""

import time

import pytest
from sqlalchemy import Engine, select

from app.jobs.store import queue
from app.jobs.store.clock import NOW
from app.jobs.store.database import time_of
from app.jobs.store.fits import Store
from tests.helpers.stored_fits import claimed

HOUR = 3600.0


def test_it_is_the_time_in_seconds_since_1970(engine: Engine) -> None:
    before = time.time()
    assert before - 1 < time_of(engine) < time.time() + 1


def test_a_statement_with_the_time_is_compiled_once(engine: Engine) -> None:
    compiled: dict[object, object] = {}
    with engine.connect().execution_options(compiled_cache=compiled) as connection:
        for _ in range(2):
            connection.execute(select(NOW))
    assert len(compiled) == 1


@pytest.fixture
def slow_clock(monkeypatch: pytest.MonkeyPatch) -> float:
    """Set the clock of this process back by an hour, and return what it was."""
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() - HOUR)
    return true_time()


def test_on_a_server_times_are_those_of_the_server(postgres_engine: Engine, slow_clock: float) -> None:
    record = Store(postgres_engine).get(claimed(Store(postgres_engine)).fit_id)
    assert record.started_at is not None
    assert record.heartbeat_at is not None
    assert min(record.created_at, record.started_at, record.heartbeat_at) > slow_clock - 1


def test_a_process_whose_clock_is_wrong_takes_no_fit_from_another(postgres_engine: Engine, slow_clock: float) -> None:
    claimed(Store(postgres_engine))
    assert slow_clock
    assert queue.release_silent(postgres_engine, lease_seconds=HOUR / 2) == 0
    assert queue.release_silent(postgres_engine, lease_seconds=-1) == 1
