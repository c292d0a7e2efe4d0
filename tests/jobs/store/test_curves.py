"""Results of curves are read as they end: some of a fit may be there before others."""

import pytest
from sqlalchemy import Engine

from app.jobs.data.curve_results import rows
from app.jobs.errors import CurveNotFoundError
from app.jobs.store import queue
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.store.turns import Turns
from tests.helpers.cut_fits import BLOCKS, CURVES_OF_A_BLOCK, cut_into_blocks
from tests.helpers.trained_fits import run, submitted, trained

SECOND, LAST = range(4, 8), range(16, 20)


@pytest.fixture
def store(engine: Engine) -> Store:
    return Store(engine)


@pytest.fixture
def half_done(store: Store) -> FitRecord:
    """Return a fit of which only the second and the last part have ended."""
    fit_id = store.create(submitted(cut_into_blocks())).id
    attempts = [attempt for (attempt,) in queue.claim(store.engine, "me", BLOCKS, Turns())]
    assert (CURVES_OF_A_BLOCK, BLOCKS) == (4, 5)
    for part in (1, 4):
        run(store.engine, attempts[part])
    return store.get(fit_id)


def test_tables_have_the_curves_that_have_ended(store: Store, half_done: FitRecord) -> None:
    assert [row["curve"] for row in rows(store.curves.tables(half_done.number))] == [*SECOND, *LAST]
    assert [row["curve"] for row in rows(store.curves.tables(half_done.number, 6, 11))] == [6, 7, 16]


def test_a_page_goes_on_behind_curves_that_have_not_ended(store: Store, half_done: FitRecord) -> None:
    page, has_more = store.curves.ended_from(half_done.number, 6, 4)
    assert ([row["curve"] for row in page], has_more) == ([6, 7, 16, 17], True)
    page, has_more = store.curves.ended_from(half_done.number, 18, 4)
    assert ([row["curve"] for row in page], has_more) == ([18, 19], False)


@pytest.mark.parametrize(("curve", "words"), [(0, "has not ended yet"), (20, "has the curves 0 to 19")])
def test_a_curve_that_is_not_there_is_told_so(store: Store, half_done: FitRecord, curve: int, words: str) -> None:
    for ask in (store.curves.one, store.curves.history):
        with pytest.raises(CurveNotFoundError, match=words):
            ask(half_done, curve)


def test_a_fit_of_one_curve_is_asked_for_without_one(store: Store) -> None:
    with pytest.raises(CurveNotFoundError, match="ask without a curve"):
        store.curves.one(trained(store.engine, {}), 0)


def test_a_curve_has_its_result_and_its_history(store: Store, half_done: FitRecord) -> None:
    assert store.curves.one(half_done, 5)["curve"] == 5
    assert store.curves.history(half_done, 5)[-1] == store.curves.one(half_done, 5)["final_loss"]
