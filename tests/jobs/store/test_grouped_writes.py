"""Writes of several threads that share a transaction: each gets its own answer, and its own error."""

import sqlite3
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import IntegrityError

from app.jobs.store.fits import Store
from app.jobs.store.grouped_writes import GroupedWrites
from app.jobs.store.new_fits import NewFit, create
from app.jobs.store.records import FitRecord
from app.jobs.store.waiting import NO_BOUNDS, Waiting
from tests.helpers.stored_fits import submission
from tests.helpers.waiting import wait_until


def new(fit_id: str) -> NewFit:
    return NewFit(fit_id, submission(), None)


def written_while_one_waits(engine: Engine, *ids: str) -> dict[str, "Future[FitRecord]"]:
    """Write fits from a thread each, all of them while another write keeps its turn."""
    begun, may_end = threading.Event(), threading.Event()

    def create_slowly(connection: Connection, fit: NewFit) -> FitRecord:
        begun.set()
        may_end.wait()
        return create(connection, fit, Waiting(NO_BOUNDS))

    grouped = GroupedWrites(engine, create_slowly)
    with ThreadPoolExecutor() as pool:
        futures = {"fit_first": pool.submit(grouped, new("fit_first"))}
        begun.wait()
        futures |= {fit_id: pool.submit(grouped, new(fit_id)) for fit_id in ids}
        wait_until(lambda: len(grouped._waiting) == len(ids), lambda: "all others in the queue")
        may_end.set()
    return futures


def test_each_gets_the_answer_to_its_own_write(engine: Engine) -> None:
    futures = written_while_one_waits(engine, "fit_a", "fit_b", "fit_c")
    assert {fit_id: future.result().id for fit_id, future in futures.items()} == {fit_id: fit_id for fit_id in futures}


def test_those_that_wait_share_a_transaction(engine: Engine) -> None:
    commits: list[Connection] = []
    event.listen(engine, "commit", commits.append)
    written_while_one_waits(engine, "fit_a", "fit_b", "fit_c")
    assert len(commits) == 2


def test_one_that_can_not_be_written_leaves_the_others(engine: Engine) -> None:
    futures = written_while_one_waits(engine, "fit_a", "fit_first", "fit_b")
    with pytest.raises(IntegrityError):
        futures["fit_first"].result()
    assert [Store(engine).get(fit_id).id for fit_id in ("fit_a", "fit_b")] == ["fit_a", "fit_b"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_was_answered_is_on_disk(engine: Engine) -> None:
    written_while_one_waits(engine, "fit_a")
    with closing(sqlite3.connect(str(engine.url.database))) as connection:
        assert connection.execute("SELECT count(*) FROM fits").fetchone() == (2,)
