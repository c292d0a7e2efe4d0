"""Fits that one worker has in hand: what is written when, and what goes back to the queue."""

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Engine, select, update

from app.jobs.store import queue
from app.jobs.store.attempt import Attempt
from app.jobs.store.database import reading, writing
from app.jobs.store.fits import Store
from app.jobs.store.records import Ending
from app.jobs.store.tables import fits
from app.jobs.store.turns import Turns
from app.jobs.worker.handful import UNASKED_SECONDS, Handful
from app.jobs.worker.process import run_fits
from app.schemas.status import Reason, Status
from tests.helpers.stored_fits import report, submission
from tests.helpers.trained_fits import submitted, worker_settings

ENDING = Ending(Status.SUCCEEDED, Reason.MAX_STEPS, "all steps are done")
LONG_AGO, NEVER = -1.0, 3600.0


def claimed(engine: Engine, count: int = 3) -> tuple[Attempt, ...]:
    """Store some fits and claim them for one worker."""
    for _ in range(count):
        Store(engine).create(replace(submission(), expected_seconds=1e-3))
    (handful,) = queue.claim(engine, "me", 1, Turns())
    return tuple(handful)


def statuses(engine: Engine, attempts: Sequence[Attempt]) -> list[str]:
    return [Store(engine).get(attempt.fit_id).status.value for attempt in attempts]


def test_the_fits_of_a_handful_are_trained_one_after_another(engine: Engine) -> None:
    store = Store(engine)
    bodies = [{"target": {"points": 10}, "hyperparameters": {"learning_rate": 5e-6, "steps": n}} for n in (5, 6, 7)]
    for body in bodies:
        store.create(submitted(body))
    (attempts,) = queue.claim(engine, "me", 1, Turns())
    run_fits(worker_settings(engine), attempts)
    records = [store.get(attempt.fit_id) for attempt in attempts]
    assert [(record.status, record.step) for record in records] == [("succeeded", n) for n in (5, 6, 7)]


def test_what_has_ended_is_written_with_the_last_of_the_handful(engine: Engine) -> None:
    attempts, seen = claimed(engine), []
    handful = Handful(engine, attempts)
    for attempt, work in handful.fits():
        handful.report(attempt, work.fit_number, report(0, [1.0], ENDING))
        seen.append(statuses(engine, attempts))
    assert seen == [["running"] * 3, ["running"] * 3, ["succeeded"] * 3]


def test_what_has_ended_is_written_when_another_reports_that_it_goes_on(engine: Engine) -> None:
    attempts = claimed(engine)
    handful = Handful(engine, attempts)
    fits_of_it = handful.fits()
    for ending in (ENDING, None):
        attempt, work = next(fits_of_it)
        handful.report(attempt, work.fit_number, report(0, [1.0], ending))
    assert statuses(engine, attempts) == ["succeeded", "running", "running"]
    assert Store(engine).get(attempts[1].fit_id).step == 1


def test_a_look_writes_what_has_ended_and_says_what_is_in_hand(engine: Engine) -> None:
    attempts = claimed(engine)
    handful = Handful(engine, attempts)
    fits_of_it = handful.fits()
    attempt, work = next(fits_of_it)
    assert handful.look(NEVER) == attempts
    handful.report(attempt, work.fit_number, report(0, [1.0], ENDING))
    assert handful.look(NEVER) == attempts[1:]
    assert statuses(engine, attempts) == ["succeeded", "running", "running"]


def test_behind_a_fit_that_lasts_long_the_others_go_back_to_the_queue_without_blame(engine: Engine) -> None:
    attempts = claimed(engine)
    handful = Handful(engine, attempts)
    fits_of_it = handful.fits()
    next(fits_of_it)
    assert handful.look(LONG_AGO) == attempts[:1]
    assert statuses(engine, attempts) == ["running", "queued", "queued"]
    assert list(fits_of_it) == []
    with reading(engine) as connection:
        assert connection.execute(select(fits.c.lost_workers)).scalars().all() == [0, 0, 0]


def test_what_another_worker_has_meanwhile_is_not_written(engine: Engine) -> None:
    attempts = claimed(engine)
    handful = Handful(engine, attempts)
    fits_of_it = handful.fits()
    attempt, work = next(fits_of_it)
    handful.report(attempt, work.fit_number, report(0, [1.0], ENDING))
    queue.release_attempts(engine, [attempt])
    handful.look(NEVER)
    assert statuses(engine, attempts) == ["queued", "running", "running"]


def test_a_fit_that_is_cancelled_before_its_turn_is_not_trained(engine: Engine) -> None:
    attempts = claimed(engine)
    Store(engine).cancel(attempts[0].fit_id)
    trained = []
    handful = Handful(engine, attempts)
    for attempt, work in handful.fits():
        if not trained:
            Store(engine).cancel(attempts[2].fit_id)
            time.sleep(1.1 * UNASKED_SECONDS)
        trained.append(attempt)
        handful.report(attempt, work.fit_number, report(0, [1.0], ENDING))
    assert trained == [attempts[1]]
    assert statuses(engine, attempts) == ["cancelled", "succeeded", "cancelled"]


def test_a_fit_that_fails_leaves_the_others_of_its_handful(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    store = Store(engine)
    for _ in range(3):
        store.create(submitted({"target": {"points": 10}, "hyperparameters": {"learning_rate": 5e-6, "steps": 5}}))
    (attempts,) = queue.claim(engine, "me", 1, Turns())
    with writing(engine) as connection:
        this = fits.c.id == attempts[1].fit_id
        connection.execute(update(fits).where(this).values(request={"no": "request"}))
    run_fits(worker_settings(engine), attempts)
    assert statuses(engine, attempts) == ["succeeded", "failed", "succeeded"]
    assert len(caplog.records) == 1


def test_a_report_that_can_not_be_written_fails_its_fit_alone(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    attempts = claimed(engine)
    handful = Handful(engine, attempts)
    for attempt, work in handful.fits():
        # SQLite has no whole number of so many bits.
        step = 2**70 if attempt == attempts[0] else 0
        handful.report(attempt, work.fit_number, report(step, [1.0], ENDING))
    assert statuses(engine, attempts) == ["failed", "succeeded", "succeeded"]
    assert Store(engine).get(attempts[0].fit_id).reason == "internal_error"
    assert len(caplog.records) == 1
