"""The message about the end of a fit, as it goes over the wire."""

import time
from datetime import UTC, datetime

from app.jobs.callers.webhooks import signature
from app.jobs.store.deliveries import Due
from app.schemas.response import Urls
from app.schemas.status import Reason, Status
from app.schemas.webhook import EndedFit, FitEnded


def body_of(due: Due, root_path: str) -> bytes:
    """Return the body of a message: the same bytes for all its tries."""
    fit = EndedFit(
        id=due.fit_id,
        status=Status(due.status),
        reason=None if due.reason is None else Reason(due.reason),
        message=due.message,
        metadata=dict(due.metadata),
        urls=Urls.of(due.fit_id, root_path),
    )
    message = FitEnded(timestamp=datetime.fromtimestamp(due.ended_at, UTC), data=fit)
    return message.model_dump_json().encode()


def headers_of(message_id: str, secret: str, body: bytes) -> dict[str, str]:
    """Return the headers of a try that begins now, as Standard Webhooks has them."""
    now = int(time.time())
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": signature(secret, message_id, now, body),
    }
