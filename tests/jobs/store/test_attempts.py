"""What workers write: begins, chunks, checkpoints, ends, fences; on real databases."""

from app.jobs.store import attempts, queue
from app.jobs.store.fits import Store
from app.jobs.store.records import Ending
from app.jobs.store.turns import Turns
from app.schemas.status import Reason, Status
from tests.helpers.stored_fits import claimed, report, submission


def test_a_worker_gets_request_and_data(store: Store) -> None:
    record = store.create(submission("m", arrays={"x.x": [1.0, 2.0]}))
    ((attempt,),) = queue.claim(store.engine, "me", 1, Turns())
    work = attempts.begin(store.engine, attempt)
    assert work is not None
    assert (work.fit_number, work.fit.model, work.checkpoint) == (record.number, "m * x", None)
    assert list(work.arrays["x.x"]) == [1.0, 2.0]


def test_a_chunk_reports_progress_history_and_the_result_so_far(store: Store) -> None:
    attempt = claimed(store)
    assert attempts.report_chunk(store.engine, attempt, 1, report(0, [3.0, 2.0]))
    assert attempts.report_chunk(store.engine, attempt, 1, report(2, [1.0]))
    record = store.get(attempt.fit_id)
    assert (record.step, record.loss, record.status) == (3, 0.25, "running")
    assert list(store.history(record)) == [3.0, 2.0, 1.0, 0.25]


def test_the_next_attempt_goes_on_from_the_checkpoint(store: Store) -> None:
    attempt = claimed(store)
    attempts.report_chunk(store.engine, attempt, 1, report(0, [3.0, 2.0]))
    queue.release(store.engine, "me")
    ((second,),) = queue.claim(store.engine, "me", 1, Turns())
    work = attempts.begin(store.engine, second)
    assert work is not None
    assert work.checkpoint == b"checkpoint 2"
    assert (work.timings.building, work.timings.training) == (0.5, 1.5)


def test_an_old_attempt_changes_nothing(store: Store) -> None:
    old = claimed(store)
    queue.release(store.engine, "me")
    queue.claim(store.engine, "me", 1, Turns())
    before = store.get(old.fit_id)
    assert not attempts.report_chunk(
        store.engine, old, 1, report(0, [3.0], Ending(Status.SUCCEEDED, Reason.MAX_STEPS, ""))
    )
    attempts.end(store.engine, old, Ending.failed(Reason.INTERNAL_ERROR, "no"))
    queue.worker_lost(store.engine, old, 1)
    assert attempts.begin(store.engine, old) is None
    assert store.get(old.fit_id) == before
    assert list(store.history(before)) == []


def test_an_attempt_of_a_fit_that_was_queued_again_changes_nothing(store: Store) -> None:
    attempt = claimed(store)
    queue.release(store.engine, "me")
    assert not attempts.report_chunk(store.engine, attempt, 1, report(0, [3.0]))
    assert store.get(attempt.fit_id).status == "queued"


def test_a_fit_that_is_to_be_cancelled_is_cancelled_at_the_end_of_its_chunk(store: Store) -> None:
    attempt = claimed(store)
    store.cancel(attempt.fit_id)
    assert not attempts.report_chunk(store.engine, attempt, 1, report(0, [3.0]))
    record = store.get(attempt.fit_id)
    assert (record.status, record.reason, record.step) == ("cancelled", "cancelled", 1)
    assert record.result is not None
    assert record.finished_at is not None


def test_the_last_chunk_ends_the_fit(store: Store) -> None:
    attempt = claimed(store)
    ending = Ending(Status.SUCCEEDED, Reason.MAX_STEPS, "all 1 steps are done")
    assert not attempts.report_chunk(store.engine, attempt, 1, report(0, [3.0], ending))
    record = store.get(attempt.fit_id)
    assert (record.status, record.reason, record.message) == ("succeeded", "max_steps", "all 1 steps are done")


def test_a_failure_says_why_as_data(store: Store) -> None:
    attempt = claimed(store)
    attempts.end(store.engine, attempt, Ending.failed(Reason.DIVERGED, "too fast", 7, "hyperparameters.learning_rate"))
    assert store.get(attempt.fit_id).error == {
        "code": "diverged",
        "message": "too fast",
        "step": 7,
        "field": "hyperparameters.learning_rate",
    }


def test_an_attempt_is_begun_only_once(store: Store) -> None:
    attempt = claimed(store)
    assert attempts.begin(store.engine, attempt) is not None
    assert attempts.begin(store.engine, attempt) is None
