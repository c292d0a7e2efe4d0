"""The message about the end of a fit, read by the library of the standard."""

import json
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook as StandardWebhook
from standardwebhooks import WebhookVerificationError

from app.jobs.callers.webhooks import Webhook, new_webhook_secret
from app.jobs.notifications.message import body_of, headers_of
from app.jobs.store.deliveries import Due

SECRET = new_webhook_secret()
DUE = Due(
    "msg_1",
    1,
    ("ann", "lab"),
    Webhook("ann", "lab", "https://lab.example", SECRET, 0.0),
    "fit_1",
    "failed",
    "nonfinite",
    "loss is no finite number at \u00b5 = 0",
    {"plate": "7"},
    1_700_000_000.25,
)


def test_it_says_how_the_fit_ended_and_has_no_data() -> None:
    message = json.loads(body_of(DUE, "/fits"))
    urls = message["data"].pop("urls")
    assert message == {
        "type": "fit.ended",
        "timestamp": "2023-11-14T22:13:20.250000Z",
        "data": {
            "id": "fit_1",
            "status": "failed",
            "reason": "nonfinite",
            "message": "loss is no finite number at \u00b5 = 0",
            "metadata": {"plate": "7"},
        },
    }
    assert (urls["self"], urls["data"]) == ("/fits/fit/fit_1", "/fits/fit/fit_1/data")


def test_the_library_of_the_standard_takes_its_signature() -> None:
    body = body_of(DUE, "")
    headers = headers_of(DUE.id, SECRET, body)
    assert StandardWebhook(SECRET).verify(body, headers)["data"]["id"] == "fit_1"
    assert abs(datetime.now(UTC).timestamp() - int(headers["webhook-timestamp"])) < 60
    with pytest.raises(WebhookVerificationError):
        StandardWebhook(SECRET).verify(body.replace(b"failed", b"succeeded"), headers)
    with pytest.raises(WebhookVerificationError):
        StandardWebhook(new_webhook_secret()).verify(body, headers)
