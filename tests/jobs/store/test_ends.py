"""However a fit ends, the delivery that it asks for is written with its end."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, exc, text

from app.jobs.callers.caller import LOCAL
from app.jobs.store import attempts, queue
from app.jobs.store.attempt import Attempt
from app.jobs.store.database import writing
from app.jobs.store.deliveries import deliveries_of
from app.jobs.store.fits import Store
from app.jobs.store.records import Ending
from app.jobs.store.webhooks import WebhookStore
from app.schemas.status import Reason, Status
from tests.helpers.stored_fits import claimed, report

SUCCEEDED = Ending(Status.SUCCEEDED, Reason.CONVERGED, "done")
FAILED = Ending.failed(Reason.NONFINITE, "no number")


@pytest.fixture(autouse=True)
def webhook(engine: Engine) -> None:
    WebhookStore(engine).make(LOCAL, "lab", "https://lab.example")


def queued_again(store: Store, attempt: Attempt) -> None:
    queue.release_attempts(store.engine, [attempt])
    store.cancel(attempt.fit_id)


def worker_lost(store: Store, attempt: Attempt) -> None:
    attempts.begin(store.engine, attempt)
    queue.worker_lost(store.engine, attempt, 1)


def cancelled_then(act: Callable[[Engine, Attempt], object]) -> Callable[[Store, Attempt], None]:
    def end(store: Store, attempt: Attempt) -> None:
        store.cancel(attempt.fit_id)
        act(store.engine, attempt)

    return end


def silent(engine: Engine, _: Attempt) -> None:
    time.sleep(0.01)
    queue.release_silent(engine, 0.001)


WAYS: dict[str, tuple[Callable[[Store, Attempt], object], str]] = {
    "its last chunk": (
        lambda store, attempt: attempts.report_chunk(store.engine, attempt, 1, report(0, [1.0], SUCCEEDED)),
        "converged",
    ),
    "a failure": (lambda store, attempt: attempts.end(store.engine, attempt, FAILED), "nonfinite"),
    "a worker that dies again and again": (worker_lost, "worker_lost"),
    "a cancel of what is queued": (queued_again, "cancelled"),
    "a cancel at the end of a chunk": (
        cancelled_then(lambda engine, attempt: attempts.report_chunk(engine, attempt, 1, report(0, [1.0]))),
        "cancelled",
    ),
    "a cancel before it begins": (cancelled_then(attempts.begin), "cancelled"),
    "a cancel at a heartbeat": (cancelled_then(attempts.heartbeat), "cancelled"),
    "a cancel that is overdue": (cancelled_then(lambda engine, _: queue.cancel_overdue(engine, "me", -1)), "cancelled"),
    "a cancel as the service stops": (cancelled_then(lambda engine, _: queue.release(engine, "me")), "cancelled"),
    "a cancel as a service starts": (cancelled_then(lambda engine, _: queue.release_orphans(engine)), "cancelled"),
    "a cancel of which nothing was heard": (cancelled_then(silent), "cancelled"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_delivery_is_written_however_the_fit_ends(store: Store, way: str) -> None:
    end, reason = WAYS[way]
    attempt = claimed(store, "lab")
    end(store, attempt)
    record = store.get(attempt.fit_id)
    assert (record.ended, record.reason) == (True, reason)
    (delivery,) = deliveries_of(store.engine, record.number)
    assert (delivery.webhook, delivery.tries, delivery.next_at) == ("lab", 0, record.finished_at)


@pytest.mark.parametrize("way", WAYS)
def test_no_delivery_is_written_where_no_webhook_is_named(store: Store, way: str) -> None:
    attempt = claimed(store)
    WAYS[way][0](store, attempt)
    assert deliveries_of(store.engine, store.get(attempt.fit_id).number) == []


def test_no_delivery_is_written_before_the_end(store: Store) -> None:
    attempt = claimed(store, "lab")
    attempts.report_chunk(store.engine, attempt, 1, report(0, [1.0]))
    queue.release(store.engine, "me")
    assert deliveries_of(store.engine, 1) == []


def test_an_old_attempt_writes_no_delivery(store: Store) -> None:
    attempt = claimed(store, "lab")
    queue.release(store.engine, "me")
    attempts.end(store.engine, attempt, FAILED)
    attempts.report_chunk(store.engine, attempt, 1, report(0, [1.0], SUCCEEDED))
    assert deliveries_of(store.engine, 1) == []


def test_a_fit_whose_delivery_can_not_be_written_has_not_ended(store: Store) -> None:
    attempt = claimed(store, "lab")
    with writing(store.engine) as connection:
        connection.execute(text("DROP TABLE webhook_deliveries"))
    with pytest.raises(exc.DBAPIError):
        attempts.report_chunk(store.engine, attempt, 1, report(0, [1.0], SUCCEEDED))
    assert store.get(attempt.fit_id).status == "running"
