"""Webhooks of a running service, and what became of its messages."""

from typing import Any

from app.jobs.callers.caller import LOCAL
from app.jobs.callers.webhooks import Webhook
from app.jobs.store.database import open_engine
from app.jobs.store.webhooks import WebhookStore
from tests.helpers.running_service import RunningService


def make_webhook(service: RunningService, name: str, url: str) -> Webhook:
    """Make a webhook beside a running service, as the command line does."""
    engine = open_engine(f"sqlite:///{service.database}")
    try:
        return WebhookStore(engine).make(LOCAL, name, url)
    finally:
        engine.dispose()


def remove_webhook(service: RunningService, name: str) -> None:
    """Remove a webhook beside a running service, as the command line does."""
    engine = open_engine(f"sqlite:///{service.database}")
    try:
        assert WebhookStore(engine).remove(LOCAL, name)
    finally:
        engine.dispose()


def delivery_of(service: RunningService, fit_id: str) -> dict[str, Any]:
    """Return the one delivery of a fit that has ended."""
    answer = service.client.get(f"/fit/{fit_id}/deliveries")
    assert answer.status_code == 200, answer.text
    (delivery,) = answer.json()["data"]
    return dict(delivery)
