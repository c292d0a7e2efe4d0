"""Deliveries that are claimed, tried and noted; on a real SQLite file."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import update

from app.jobs.callers.caller import LOCAL, Caller, Reader
from app.jobs.store.database import writing
from app.jobs.store.deliveries import Due, Receiver, claim_due, deliveries_of, note_try
from app.jobs.store.expiry import expire
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.store.tables import webhook_deliveries
from app.jobs.store.webhooks import WebhookStore
from tests.helpers.stored_fits import submission

URL = "https://lab.example/fits"


@pytest.fixture
def webhooks(store: Store) -> WebhookStore:
    made = WebhookStore(store.engine)
    made.make(LOCAL, "lab", URL)
    return made


def ended(store: Store, webhook: str = "lab", caller: str = LOCAL) -> FitRecord:
    """Store a fit and end it."""
    fit = store.create(replace(submission(plate="7"), webhook=webhook), caller=Caller(caller))
    return store.of(Reader(caller)).cancel(fit.id)


def claim(store: Store, lease: float = 60.0, most: int = 10, of_one: int = 10, **busy: int) -> list[Due]:
    receivers: Counter[Receiver] = Counter({(LOCAL, name): number for name, number in busy.items()})
    return claim_due(store.engine, lease, most, of_one, receivers)


def test_a_delivery_has_what_its_message_needs(store: Store, webhooks: WebhookStore) -> None:
    fit = ended(store)
    (due,) = claim(store)
    assert due.id.startswith("msg_")
    assert (due.fit_id, due.status, due.reason, due.message) == (fit.id, "cancelled", "cancelled", fit.message)
    assert (due.metadata, due.ended_at, due.tries) == ({"plate": "7"}, fit.finished_at, 1)
    assert due.webhook == webhooks.all()[0]
    assert due.webhook is not None
    assert due.webhook.secret not in repr(due)


@pytest.mark.usefixtures("webhooks")
def test_what_is_claimed_nobody_else_gets_until_the_lease_ends(store: Store) -> None:
    ended(store)
    (first,) = claim(store, lease=60.0)
    assert claim(store) == []
    with writing(store.engine) as connection:
        connection.execute(update(webhook_deliveries).values(next_at=time.time()))
    (second,) = claim(store)
    assert (second.id, second.tries) == (first.id, 2)


@pytest.mark.usefixtures("webhooks")
def test_what_has_arrived_is_over(store: Store) -> None:
    fit = ended(store)
    (due,) = claim(store, lease=0.0)
    note_try(store.engine, due, 204, None, None)
    (delivery,) = deliveries_of(store.engine, fit.number)
    assert (delivery.last_status, delivery.last_error, delivery.next_at) == (204, None, None)
    assert delivery.delivered_at is not None
    assert claim(store) == []


@pytest.mark.usefixtures("webhooks")
def test_what_failed_is_due_again_and_given_up_in_the_end(store: Store) -> None:
    fit = ended(store)
    (due,) = claim(store)
    note_try(store.engine, due, 500, "it was answered 500", time.time())
    (again,) = claim(store)
    assert again.id == due.id
    note_try(store.engine, again, None, "there was no answer", None)
    (delivery,) = deliveries_of(store.engine, fit.number)
    assert (delivery.tries, delivery.last_status, delivery.last_error) == (2, None, "there was no answer")
    assert (delivery.next_at, delivery.delivered_at) == (None, None)
    assert claim(store) == []


@pytest.mark.usefixtures("webhooks")
def test_a_try_with_an_old_number_changes_nothing(store: Store) -> None:
    fit = ended(store)
    (old,) = claim(store, lease=0.0)
    (new,) = claim(store)
    note_try(store.engine, old, 500, "it was answered 500", time.time() + 1000)
    (delivery,) = deliveries_of(store.engine, fit.number)
    assert (delivery.last_status, delivery.tries) == (None, 2)
    note_try(store.engine, new, 204, None, None)
    note_try(store.engine, new, 500, "it was answered 500", time.time())
    (delivery,) = deliveries_of(store.engine, fit.number)
    assert (delivery.last_status, delivery.next_at) == (204, None)


def test_a_receiver_gets_only_so_many_at_once_and_keeps_nobody_from_others(
    store: Store, webhooks: WebhookStore
) -> None:
    webhooks.make(LOCAL, "other", URL)
    for _ in range(3):
        ended(store)
    ended(store, "other")
    assert Counter(due.receiver[1] for due in claim(store, of_one=2)) == {"lab": 2, "other": 1}
    assert claim(store, of_one=2, lab=2) == []
    assert len(claim(store, of_one=2, lab=1)) == 1


@pytest.mark.usefixtures("webhooks")
def test_the_oldest_is_claimed_first(store: Store) -> None:
    fits = [ended(store) for _ in range(3)]
    claimed = [claim(store, most=1)[0].fit_id for _ in fits]
    assert claimed == [fit.id for fit in fits]


def test_callers_have_webhooks_of_their_own(store: Store, webhooks: WebhookStore) -> None:
    webhooks.make("ann", "lab", "https://ann.example")
    ended(store, caller="ann")
    (due,) = claim(store)
    assert due.webhook is not None
    assert due.webhook.url == "https://ann.example"


def test_a_webhook_that_was_removed_is_missing_and_one_made_anew_takes_its_place(
    store: Store, webhooks: WebhookStore
) -> None:
    ended(store)
    webhooks.remove(LOCAL, "lab")
    assert claim(store, lease=0.0)[0].webhook is None
    webhooks.make(LOCAL, "lab", "https://new.example")
    (due,) = claim(store)
    assert due.webhook is not None
    assert due.webhook.url == "https://new.example"


@pytest.mark.usefixtures("webhooks")
def test_a_fit_that_has_expired_meanwhile_is_told_as_it_ended(store: Store) -> None:
    ended(store)
    assert not expire(store.engine, keep_days=0.0)
    assert [(due.status, due.message) for due in claim(store)] == [("cancelled", "cancelled by request")]


@pytest.mark.usefixtures("webhooks")
def test_deliveries_are_deleted_with_their_fit(store: Store) -> None:
    fit = ended(store)
    store.delete(fit.id)
    assert (claim(store), deliveries_of(store.engine, fit.number)) == ([], [])


@pytest.mark.usefixtures("webhooks")
def test_a_delivery_has_an_id_of_its_own(store: Store) -> None:
    for _ in range(5):
        ended(store)
    assert len({due.id for due in claim(store)}) == 5


@pytest.mark.usefixtures("webhooks")
def test_several_services_share_the_work_and_none_is_claimed_twice(store: Store) -> None:
    for _ in range(20):
        ended(store)
    with ThreadPoolExecutor(4) as pool:
        claimed = [due.id for some in pool.map(lambda _: claim(store, most=3), range(20)) for due in some]
    assert len(set(claimed)) == len(claimed) == 20
