"""The store, on real databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import select

from app.jobs.callers.caller import Caller, Reader
from app.jobs.errors import (
    FitEndedError,
    FitNotEndedError,
    FitNotFoundError,
    IdempotencyConflictError,
)
from app.jobs.store.database import open_engine, reading
from app.jobs.store.fits import Store
from app.jobs.store.queue import claim
from app.jobs.store.tables import fits
from app.jobs.store.turns import Turns
from app.jobs.submission.resolve import Submission
from app.schemas.status import Status
from tests.helpers.stored_fits import submission


def page_ids(store: Store, after: str | None = None, limit: int = 10, statuses=(), **labels: str) -> list[str]:
    return [record.id for record in store.page(after=after, limit=limit, statuses=statuses, metadata=labels)[0]]


def test_a_new_fit_is_queued(store: Store) -> None:
    record = store.get(store.create(submission()).id)
    assert (record.status, record.step, record.loss, record.result) == ("queued", 0, None, None)


def test_a_fit_is_kept_with_its_caller_and_the_turn_it_waits_for(store: Store) -> None:
    store.create(submission(), caller=Caller("ann", "10.0.0.7"))
    store.create(submission())
    with reading(store.engine) as connection:
        rows = connection.execute(select(fits.c.caller, fits.c.turn).order_by(fits.c.number)).all()
    assert rows == [("ann", "10.0.0.7"), ("local", "local")]


def test_the_data_of_a_fit_come_back_bit_for_bit(store: Store) -> None:
    numbers = [0.1, -1e300, 5e-324, 3.0]
    record = store.create(submission(arrays={"x.x": numbers, "y.y": numbers[::-1]}))
    assert {name: list(values) for name, values in store.data(record).arrays.items()} == {
        "x.x": numbers,
        "y.y": numbers[::-1],
    }


def test_a_page_has_the_newest_first_and_says_whether_more_follow(store: Store) -> None:
    ids = [store.create(submission()).id for _ in range(5)]
    records, has_more = store.page(after=None, limit=3, statuses=(), metadata={})
    assert ([record.id for record in records], has_more) == (ids[:1:-1], True)


def test_the_next_page_begins_after_the_last_fit_of_the_one_before(store: Store) -> None:
    ids = [store.create(submission()).id for _ in range(5)]
    assert page_ids(store, after=ids[2]) == [ids[1], ids[0]]


def test_a_page_after_an_unknown_fit_is_an_error(store: Store) -> None:
    with pytest.raises(FitNotFoundError):
        page_ids(store, after="fit_unknown")


def test_a_page_can_be_filtered_by_status(store: Store) -> None:
    first, second = (store.create(submission()).id for _ in range(2))
    store.cancel(first)
    assert page_ids(store, statuses=[Status.QUEUED]) == [second]
    assert page_ids(store, statuses=[Status.QUEUED, Status.CANCELLED]) == [second, first]


def test_a_page_can_be_filtered_by_several_labels(store: Store) -> None:
    both = store.create(submission(plate="7", well="A1")).id
    one = store.create(submission(plate="7", well="A2")).id
    assert page_ids(store, plate="7") == [one, both]
    assert page_ids(store, plate="7", well="A1") == [both]
    assert page_ids(store, plate="8") == []


def test_metadata_come_back(store: Store) -> None:
    record = store.create(submission(plate="7", well="A1"))
    assert store.metadata([record.number]) == {record.number: {"plate": "7", "well": "A1"}}


def test_the_same_idempotency_key_and_request_make_one_fit(store: Store) -> None:
    first = store.create(submission(arrays={"x": [1.0]}), idempotency_key="k")
    assert store.create(submission(arrays={"x": [1.0]}), idempotency_key="k").id == first.id
    assert page_ids(store) == [first.id]


def test_two_requests_with_one_idempotency_key_at_the_same_time_make_one_fit(store: Store) -> None:
    other = open_engine(store.engine.url.render_as_string())
    stores = (store, Store(other))
    for key in map(str, range(30)):
        begin = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(partial(created_at_once, begin, key), stores)
        assert first == second
    other.dispose()
    assert len(page_ids(store, limit=100)) == 30


def created_at_once(begin: threading.Barrier, key: str, store: Store) -> str:
    begin.wait()
    return store.create(submission(), idempotency_key=key).id


@pytest.mark.parametrize(
    "other", [submission("b"), submission(arrays={"x": [2.0]}), submission(plate="7")], ids=["model", "data", "label"]
)
def test_the_same_idempotency_key_with_another_request_is_refused(store: Store, other: Submission) -> None:
    store.create(submission(), idempotency_key="k")
    with pytest.raises(IdempotencyConflictError):
        store.create(other, idempotency_key="k")


def test_a_queued_fit_is_cancelled_at_once(store: Store) -> None:
    record = store.cancel(store.create(submission()).id)
    assert (record.status, record.reason) == ("cancelled", "cancelled")
    assert record.finished_at is not None


def test_a_running_fit_is_told_to_stop(store: Store) -> None:
    record = store.create(submission())
    claim(store.engine, "me", 1, Turns())
    assert store.cancel(record.id).status == "cancelling"
    assert store.cancel(record.id).status == "cancelling"


def test_an_ended_fit_cannot_be_cancelled(store: Store) -> None:
    record = store.cancel(store.create(submission()).id)
    with pytest.raises(FitEndedError, match="already been cancelled"):
        store.cancel(record.id)


def test_an_ended_fit_is_deleted_with_all_that_belongs_to_it(store: Store) -> None:
    record = store.cancel(store.create(submission(arrays={"x": [1.0]}, plate="7")).id)
    store.delete(record.id)
    with pytest.raises(FitNotFoundError):
        store.get(record.id)
    assert store.data(record).arrays == {}
    assert store.metadata([record.number]) == {record.number: {}}


def test_a_fit_that_has_not_ended_cannot_be_deleted(store: Store) -> None:
    record = store.create(submission())
    with pytest.raises(FitNotEndedError, match="cancel it first"):
        store.delete(record.id)


def test_deleting_the_newest_fit_does_not_free_its_number(store: Store) -> None:
    record = store.cancel(store.create(submission()).id)
    store.delete(record.id)
    assert store.create(submission()).number > record.number


def test_the_fits_of_another_caller_are_not_there(store: Store) -> None:
    hers = store.create(submission(), caller=Caller("ann", "ann")).id
    mine = store.create(submission()).id
    for refused in (store.get, store.cancel, store.delete, lambda fit_id: page_ids(store, after=fit_id)):
        with pytest.raises(FitNotFoundError):
            refused(hers)
    assert (page_ids(store), page_ids(store.of(Reader("ann")))) == ([mine], [hers])
    assert store.of(Reader("ann")).get(hers).id == hers


def test_two_callers_may_use_the_same_idempotency_key(store: Store) -> None:
    ids = [
        store.create(submission(model), idempotency_key="k", caller=Caller(name, name)).id
        for model, name in (("a", "ann"), ("b", "bob"), ("c", "local"), ("a", "ann"))
    ]
    assert len({*ids}) == 3
    assert ids[0] == ids[3]
