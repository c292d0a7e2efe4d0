"""Fits of many curves in parts: claimed in turn, leased, fenced and let go each by itself, and cancelled together."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from app.jobs.callers.caller import Caller
from app.jobs.store import queue
from app.jobs.store.attempt import Attempt, PartAttempt
from app.jobs.store.attempts import begin, heartbeat
from app.jobs.store.database import reading, writing
from app.jobs.store.fits import Store
from app.jobs.store.tables import fit_parts, fits
from app.jobs.store.turns import Turns
from tests.helpers.cut_fits import BLOCKS, cut_into_blocks
from tests.helpers.stored_fits import submission
from tests.helpers.trained_fits import submitted

PARTS = BLOCKS


def cut_fit(store: Store, caller: str = "local") -> str:
    return store.create(submitted(cut_into_blocks()), caller=Caller(turn=caller)).id


def claimed(engine: Engine, workers: int, owner: str = "me", turns: Turns | None = None) -> list[Attempt]:
    return [attempt for handful in queue.claim(engine, owner, workers, turns or Turns()) for attempt in handful]


def parts_of(attempts: list[Attempt]) -> list[int]:
    return [attempt.part for attempt in attempts if isinstance(attempt, PartAttempt)]


def statuses(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [*connection.scalars(select(fit_parts.c.status).order_by(fit_parts.c.part))]


def test_a_fit_of_many_blocks_is_claimed_part_by_part(engine: Engine) -> None:
    store = Store(engine)
    fit_id = cut_fit(store)
    assert store.get(fit_id).status == "queued"
    assert parts_of(claimed(engine, 2)) == [0, 1]
    assert (store.get(fit_id).status, store.get(fit_id).attempt) == ("running", 1)
    assert parts_of(claimed(engine, 9, "other")) == [2, 3, 4]
    assert claimed(engine, 9) == []
    assert (store.get(fit_id).status, store.get(fit_id).attempt) == ("running", 1)


def test_a_fit_to_which_somebody_writes_holds_up_no_other(postgres_engine: Engine) -> None:
    store = Store(postgres_engine)
    held, other = cut_fit(store), cut_fit(store)
    claimed(postgres_engine, PARTS)
    with writing(postgres_engine) as connection:
        connection.execute(update(fits).where(fits.c.id == held).values(step=0))
        assert {attempt.fit_id for attempt in claimed(postgres_engine, PARTS)} == {other}
        assert queue.release_silent(postgres_engine, lease_seconds=-1) == PARTS
    assert queue.release_silent(postgres_engine, lease_seconds=-1) == PARTS


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({}, PARTS),
        ({"parameters": {"a": {"shared": True}}, "hyperparameters": {"steps": 2**22}}, 0),
        ({"target": {"x": [0, 1], "y": [[1, 2]] * 4}}, 0),
    ],
    ids=["many blocks", "shared parameters", "one block"],
)
def test_only_a_fit_of_several_blocks_whose_curves_share_nothing_is_cut(
    engine: Engine, change: dict[str, Any], parts: int
) -> None:
    Store(engine).create(submitted(cut_into_blocks() | change))
    assert len(statuses(engine)) == parts


def test_a_fit_has_no_more_parts_than_are_wanted(engine: Engine) -> None:
    store = Store(engine, most_parts=2)
    cut_fit(store)
    with reading(engine) as connection:
        rows = connection.execute(select(fit_parts.c.first_curve, fit_parts.c.curves).order_by(fit_parts.c.part)).all()
    assert [tuple(row) for row in rows] == [(0, 8), (8, 12)]


def test_parts_of_one_caller_do_not_hold_up_the_fits_of_another(engine: Engine) -> None:
    store, turns = Store(engine), Turns()
    cut_fit(store, "plates")
    assert parts_of(claimed(engine, 1, turns=turns)) == [0]
    single = store.create(submission(), caller=Caller(turn="lab")).id
    first, second = claimed(engine, 2, turns=turns)
    assert [first.fit_id, *parts_of([second])] == [single, 1]


def test_older_fits_of_a_caller_come_first_with_all_their_parts(engine: Engine) -> None:
    store, turns = Store(engine), Turns()
    first, second = cut_fit(store), cut_fit(store)
    order = [attempt.fit_id for _ in range(2 * PARTS) for attempt in claimed(engine, 1, turns=turns)]
    assert order == [first] * PARTS + [second] * PARTS


def test_an_old_attempt_of_a_part_is_not_current_any_more(engine: Engine) -> None:
    cut_fit(Store(engine))
    (old,) = claimed(engine, 1)
    assert begin(engine, old) is not None
    queue.release_attempts(engine, [old])
    (new,) = claimed(engine, 1)
    assert (new.number, parts_of([new])) == (old.number + 1, [0])
    assert not heartbeat(engine, old)
    assert begin(engine, old) is None
    assert begin(engine, new) is not None


def test_a_part_is_begun_once(engine: Engine) -> None:
    cut_fit(Store(engine))
    (attempt,) = claimed(engine, 1)
    assert begin(engine, attempt) is not None
    assert begin(engine, attempt) is None


def test_a_queued_fit_is_cancelled_at_once_with_its_parts(engine: Engine) -> None:
    store = Store(engine)
    fit_id = cut_fit(store)
    assert store.cancel(fit_id).status == "cancelled"
    assert statuses(engine) == []
    assert claimed(engine, 9) == []


def test_a_cancel_ends_the_fit_once_the_last_part_that_runs_has_heard_of_it(engine: Engine) -> None:
    store = Store(engine)
    fit_id = cut_fit(store)
    first, second = claimed(engine, 2)
    assert store.cancel(fit_id).status == "cancelling"
    assert claimed(engine, 9) == []
    assert not heartbeat(engine, first)
    assert store.get(fit_id).status == "cancelling"
    assert not heartbeat(engine, second)
    assert store.get(fit_id).status == "cancelled"
    assert statuses(engine) == []


def test_a_fit_of_which_no_part_is_in_hand_is_cancelled_at_once(engine: Engine) -> None:
    store = Store(engine)
    fit_id = cut_fit(store)
    claimed(engine, 1)
    with writing(engine) as connection:
        # As in the moment between two parts.
        connection.execute(update(fit_parts).values(status="queued"))
    assert store.cancel(fit_id).status == "cancelled"


def test_parts_that_do_not_stop_in_time_are_given_up_by_their_own_dispatcher(engine: Engine) -> None:
    store = Store(engine)
    fit_id = cut_fit(store)
    (mine,), (other,) = claimed(engine, 1, "me"), claimed(engine, 1, "other")
    assert begin(engine, mine) is not None
    store.cancel(fit_id)
    assert [(overdue.attempt, overdue.begun) for overdue in queue.cancel_overdue(engine, "me", 0)] == [(mine, True)]
    assert store.get(fit_id).status == "cancelling"
    assert [(overdue.attempt, overdue.begun) for overdue in queue.cancel_overdue(engine, "other", 0)] == [
        (other, False)
    ]
    assert store.get(fit_id).status == "cancelled"


def test_a_dispatcher_that_stops_lets_its_parts_go_and_no_others(engine: Engine) -> None:
    store = Store(engine)
    fit_id = cut_fit(store)
    claimed(engine, 1, "me"), claimed(engine, 1, "other")
    queue.release(engine, "me")
    assert statuses(engine) == ["queued", "running", "queued", "queued", "queued"]
    assert store.get(fit_id).status == "running"
    queue.release(engine, "other")
    assert store.get(fit_id).status == "queued"


def test_a_part_of_which_nothing_is_heard_waits_again(engine: Engine) -> None:
    cut_fit(Store(engine))
    silent, renewed = claimed(engine, 2)
    with writing(engine) as connection:
        connection.execute(update(fit_parts).values(heartbeat_at=fit_parts.c.heartbeat_at - 100))
    queue.renew(engine, [renewed])
    assert queue.release_silent(engine, 50) == 1
    assert statuses(engine)[:2] == ["queued", "running"]
    assert parts_of(claimed(engine, 1)) == parts_of([silent])


def test_a_service_that_starts_takes_all_parts_back(engine: Engine) -> None:
    store = Store(engine)
    fit_id = cut_fit(store)
    claimed(engine, 3)
    queue.release_orphans(engine)
    assert statuses(engine) == ["queued"] * PARTS
    assert store.get(fit_id).status == "queued"


def test_a_part_that_kills_its_worker_too_often_is_to_be_given_up(engine: Engine) -> None:
    cut_fit(Store(engine))
    outcomes = []
    for _ in range(3):
        (attempt,) = claimed(engine, 1)
        begin(engine, attempt)
        outcomes.append(queue.worker_lost(engine, attempt, 3))
    assert outcomes == [False, False, True]


def test_a_part_that_only_waited_for_its_worker_is_not_to_blame(engine: Engine) -> None:
    cut_fit(Store(engine))
    for _ in range(5):
        (attempt,) = claimed(engine, 1)
        assert not queue.worker_lost(engine, attempt, 1)


def test_a_fit_that_is_deleted_takes_its_parts_along(engine: Engine) -> None:
    store = Store(engine)
    fit_id = cut_fit(store)
    store.cancel(fit_id)
    store.delete(fit_id)
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(fit_parts)).scalar_one() == 0


def test_a_fit_whose_parts_have_ended_in_part_is_claimed_for_those_that_are_left(engine: Engine) -> None:
    store = Store(engine)
    cut_fit(store)
    with writing(engine) as connection:
        connection.execute(update(fit_parts).where(fit_parts.c.part != 3).values(status="ended"))
    assert parts_of(claimed(engine, 9)) == [3]


def test_handfuls_have_fits_beside_parts_but_no_part_beside_a_fit(engine: Engine) -> None:
    store = Store(engine)
    for _ in range(4):
        store.create(replace(submission(), expected_seconds=1e-3))
    cut_fit(store)
    handfuls = queue.claim(engine, "me", 5, Turns())
    assert [len(handful) for handful in handfuls if isinstance(handful[0], PartAttempt)] == [1]
