"""Queued fits are taken in turn by caller; on real databases."""

import pytest

from app.jobs.callers.caller import Caller
from app.jobs.store import queue
from app.jobs.store.fits import Store
from app.jobs.store.turns import Turns
from tests.helpers.stored_fits import submission

ANN, BOB = Caller("ann", "ann"), Caller("bob", "bob")


def stored(store: Store, caller: Caller, count: int) -> list[str]:
    return [store.create(submission(), caller=caller).id for _ in range(count)]


def taken(store: Store, turns: Turns, workers: int = 1) -> list[str]:
    """Claim fits for free workers, and return their ids."""
    return [attempt.fit_id for handful in queue.claim(store.engine, "me", workers, turns) for attempt in handful]


@pytest.mark.parametrize(
    ("many", "few"),
    [(ANN, BOB), (Caller(turn="10.0.0.1"), Caller(turn="10.0.0.2"))],
    ids=["two keys", "two addresses"],
)
def test_many_fits_of_one_caller_do_not_hold_up_the_only_one_of_another(
    store: Store, many: Caller, few: Caller
) -> None:
    first, *_ = stored(store, many, 1_000)
    (only,) = stored(store, few, 1)
    turns = Turns()
    assert [taken(store, turns) for _ in range(2)] == [[first], [only]]


def test_callers_are_served_one_after_another_and_each_with_its_oldest_fit_first(store: Store) -> None:
    a1, a2, a3 = stored(store, ANN, 3)
    b1, b2 = stored(store, BOB, 2)
    (c1,) = stored(store, Caller("cleo", "cleo"), 1)
    turns = Turns()
    assert [*taken(store, turns, 4), *taken(store, turns), *taken(store, turns)] == [a1, b1, c1, a2, b2, a3]


def test_whoever_was_served_last_waits_for_the_others(store: Store) -> None:
    a1, a2 = stored(store, ANN, 2)
    turns = Turns()
    assert taken(store, turns) == [a1]
    (b1,) = stored(store, BOB, 1)
    assert taken(store, turns, 2) == [b1, a2]


def test_of_those_who_were_never_served_whoever_has_waited_longest_is_the_first(store: Store) -> None:
    (b1,) = stored(store, BOB, 1)
    (a1,) = stored(store, ANN, 1)
    assert taken(store, Turns()) == [b1]
    assert taken(store, Turns()) == [a1]


def test_more_callers_than_there_is_room_for_are_served_in_later_turns(store: Store) -> None:
    ids = [stored(store, Caller(turn=f"10.0.0.{host}"), 1)[0] for host in range(queue.MOST_FITS + 10)]
    turns = Turns()
    assert {taken(store, turns)[0] for _ in ids} == {*ids}
