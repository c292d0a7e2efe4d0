"""Webhooks in the store."""

from dataclasses import replace

import pytest

from app.jobs.callers.caller import LOCAL, Caller
from app.jobs.errors import IdempotencyConflictError, InvalidRequestError
from app.jobs.store.fits import Store
from app.jobs.store.webhooks import WebhookStore
from tests.helpers.stored_fits import submission

URL = "https://lab.example/fits"


@pytest.fixture
def webhooks(store: Store) -> WebhookStore:
    return WebhookStore(store.engine)


def test_a_webhook_is_kept_with_its_secret_until_it_is_removed(webhooks: WebhookStore) -> None:
    made = webhooks.make("ann", "lab", URL)
    assert made.secret.startswith("whsec_")
    assert webhooks.all() == [made]
    assert webhooks.remove("ann", "lab")
    assert webhooks.all() == []
    assert not webhooks.remove("ann", "lab")


def test_a_name_is_taken_once_by_each_caller(webhooks: WebhookStore) -> None:
    first, second = webhooks.make("ann", "lab", URL), webhooks.make(LOCAL, "lab", URL)
    assert first.secret != second.secret
    with pytest.raises(ValueError, match="ann has a webhook lab already"):
        webhooks.make("ann", "lab", URL)


@pytest.mark.parametrize(("caller", "name", "url"), [("a b", "lab", URL), ("ann", "", URL), ("ann", "lab", "lab")])
def test_what_can_not_be_is_refused(webhooks: WebhookStore, caller: str, name: str, url: str) -> None:
    with pytest.raises(ValueError, match=r"name|address"):
        webhooks.make(caller, name, url)
    assert webhooks.all() == []


def test_a_fit_names_a_webhook_of_its_caller_or_is_refused(store: Store, webhooks: WebhookStore) -> None:
    wanted = replace(submission(), webhook="lab")
    with pytest.raises(InvalidRequestError) as refused:
        store.create(wanted)
    assert (refused.value.wrong[0].path, "there is: none" in refused.value.wrong[0].detail) == (("webhook",), True)
    webhooks.make("ann", "lab", URL)
    webhooks.make(LOCAL, "mail", URL)
    with pytest.raises(InvalidRequestError) as refused:
        store.create(wanted)
    assert refused.value.wrong[0].detail == "you have no webhook of this name; there is: mail"
    assert store.create(wanted, caller=Caller("ann")).webhook == "lab"


def test_the_same_request_with_another_webhook_is_another_request(store: Store, webhooks: WebhookStore) -> None:
    for name in ("lab", "mail"):
        webhooks.make(LOCAL, name, URL)
    wanted = submission()
    fit = store.create(replace(wanted, webhook="lab"), "key")
    webhooks.remove(LOCAL, "lab")
    assert store.create(replace(wanted, webhook="lab"), "key").id == fit.id
    for other in ("mail", None):
        with pytest.raises(IdempotencyConflictError):
            store.create(replace(wanted, webhook=other), "key")
