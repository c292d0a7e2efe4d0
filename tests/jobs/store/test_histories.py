"""Loss histories as they are stored, and what of a long one is read."""

from array import array

import pytest

from app.jobs.store import attempts, queue
from app.jobs.store.database import reading
from app.jobs.store.fits import Store
from app.jobs.store.histories import losses_since, thinned, thinned_history, whole_history
from app.jobs.store.records import FitRecord
from app.jobs.store.turns import Turns
from app.jobs.store.work import ChunkReport
from tests.helpers.stored_fits import submission

LOSSES = array("d", [1 / (1 + step) for step in range(2346)])
"""Of the steps 0 to 2345."""


def stored(store: Store, chunks: tuple[int, ...], losses: "array[float]") -> FitRecord:
    """Return a fit whose training was reported in chunks that began at these steps."""
    store.create(submission())
    ((attempt,),) = queue.claim(store.engine, "me", 1, Turns())
    last = len(losses) - 1
    for first, end in zip(chunks, (*chunks[1:], last), strict=True):
        report = ChunkReport(first, losses[first:end], end, losses[end], b"", None, None)
        attempts.report_chunk(store.engine, attempt, 1, report)
    return store.get(attempt.fit_id)


@pytest.fixture(params=[(0,), (0, 1, 99, 100, 101, 1234)], ids=["one chunk", "chunks of any length"])
def record(store: Store, request: pytest.FixtureRequest) -> FitRecord:
    return stored(store, request.param, LOSSES)


def test_a_whole_history_has_the_loss_of_every_step(store: Store, record: FitRecord) -> None:
    with reading(store.engine) as connection:
        assert whole_history(connection, record) == LOSSES


@pytest.mark.parametrize("most", [2, 3, 20, 30, 250, 5000])
def test_a_thinned_history_has_rows_of_the_whole(store: Store, record: FitRecord, most: int) -> None:
    with reading(store.engine) as connection:
        found = thinned_history(connection, record, most)
    assert found == thinned(LOSSES, most)
    assert found.total == len(LOSSES)
    assert found.rows == [(step, LOSSES[step]) for step, _ in found.rows]


@pytest.mark.parametrize("most", [3, 20, 30, 250, 5000])
@pytest.mark.parametrize("first", [0, 1, 98, 99, 100, 101, 102, 1233, 1234, 1235, 2344, 2345, 2346])
def test_losses_since_a_step_are_thinned_to_the_first_the_last_and_some_between(
    store: Store, record: FitRecord, first: int, most: int
) -> None:
    with reading(store.engine) as connection:
        rows = losses_since(connection, record, first, most)
    steps = [step for step, _ in rows]
    assert rows == [(step, LOSSES[step]) for step in steps]
    assert len(rows) <= most
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (first, 2345) if first <= 2345 else steps == []


def test_a_fit_that_has_not_begun_has_no_history(store: Store) -> None:
    record = store.create(submission())
    with reading(store.engine) as connection:
        assert list(whole_history(connection, record)) == []
        assert thinned_history(connection, record, 10).rows == []
