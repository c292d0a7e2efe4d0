"""No more fits wait than may; on real databases."""

import pytest
from sqlalchemy import Engine

from app.jobs.callers.caller import Caller, Reader
from app.jobs.errors import QueueFullError
from app.jobs.store import queue, waiting
from app.jobs.store.fits import Store
from app.jobs.store.turns import Turns
from app.jobs.store.waiting import QueueBounds
from tests.helpers.stored_fits import submission

ANN, BOB = Caller("ann", "ann"), Caller("bob", "bob")


@pytest.fixture
def bounded(engine: Engine) -> Store:
    """Return a store in which two fits of a caller may wait, and three in all."""
    return Store(engine, QueueBounds(of_all=3, of_turn=2))


def test_a_caller_has_no_more_fits_waiting_than_may(bounded: Store) -> None:
    for _ in range(2):
        bounded.create(submission(), caller=ANN)
    with pytest.raises(QueueFullError, match="2 of your fits wait already") as full:
        bounded.create(submission(), caller=ANN)
    assert full.value.limit == 2
    assert bounded.create(submission(), caller=BOB).status == "queued"


def test_no_more_fits_wait_in_all_than_may(bounded: Store) -> None:
    for caller in (ANN, ANN, BOB):
        bounded.create(submission(), caller=caller)
    with pytest.raises(QueueFullError, match="3 fits wait already"):
        bounded.create(submission(), caller=BOB)


def test_what_is_refused_leaves_nothing(bounded: Store) -> None:
    for _ in range(2):
        bounded.create(submission(), caller=ANN)
    with pytest.raises(QueueFullError):
        bounded.create(submission(), caller=ANN)
    assert len(bounded.of(Reader("ann")).page(after=None, limit=10, statuses=(), metadata={})[0]) == 2


def test_a_key_that_came_before_still_answers_with_its_fit(bounded: Store) -> None:
    first = bounded.create(submission(), "key", caller=ANN)
    bounded.create(submission(), caller=ANN)
    assert bounded.create(submission(), "key", caller=ANN).id == first.id


def test_when_fits_were_taken_others_may_wait(bounded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        bounded.create(submission(), caller=ANN)
    queue.claim(bounded.engine, "me", 1, Turns())
    monkeypatch.setattr(waiting, "_COUNT_SECONDS", 0)
    assert bounded.create(submission(), caller=ANN).status == "queued"
