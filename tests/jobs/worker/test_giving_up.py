"""A part that kills one worker after another fails its own curves, and no others."""

from sqlalchemy import Engine

from app.jobs.data.curve_results import rows
from app.jobs.store import queue
from app.jobs.store.attempt import PartAttempt
from app.jobs.store.attempts import begin
from app.jobs.store.fits import Store
from app.jobs.store.turns import Turns
from app.jobs.worker.giving_up import give_up_part
from tests.helpers.cut_fits import BLOCKS, CURVES_OF_A_BLOCK, cut_into_blocks
from tests.helpers.trained_fits import run, submitted


def test_the_curves_of_a_part_that_is_given_up_fail_and_the_others_are_trained(engine: Engine) -> None:
    store = Store(engine)
    fit_id = store.create(submitted(cut_into_blocks())).id
    attempts = [attempt for (attempt,) in queue.claim(engine, "me", BLOCKS, Turns())]
    lost = attempts[1]
    assert isinstance(lost, PartAttempt)
    assert begin(engine, lost) is not None
    assert queue.worker_lost(engine, lost, 1)
    give_up_part(engine, lost)
    for attempt in attempts:
        if attempt is not lost:
            run(engine, attempt)
    record = store.get(fit_id)
    assert (record.status, record.reason) == ("succeeded", "curves_failed")
    reasons = [row["reason"] for row in rows(store.curves.tables(record.number))]
    failed = range(CURVES_OF_A_BLOCK, 2 * CURVES_OF_A_BLOCK)
    assert [curve for curve, reason in enumerate(reasons) if reason == "worker_lost"] == [*failed]
    assert {reason for curve, reason in enumerate(reasons) if curve not in failed} == {"converged"}


def test_what_is_not_in_hand_any_more_is_not_given_up(engine: Engine) -> None:
    store = Store(engine)
    fit_id = store.create(submitted(cut_into_blocks())).id
    ((attempt,),) = queue.claim(engine, "me", 1, Turns())
    assert isinstance(attempt, PartAttempt)
    queue.release(engine, "me")
    give_up_part(engine, attempt)
    assert rows(store.curves.tables(store.get(fit_id).number)) == []
