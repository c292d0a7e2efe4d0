"""The message to webhooks in the OpenAPI document: whoever receives it finds there what it is."""

from typing import Any

from pydantic.json_schema import models_json_schema

from app.schemas.response import Urls
from app.schemas.webhook import FitEnded

_REFERENCE = "#/components/schemas/{model}"
_FIT = "fit_0123456789abcdef"
_EXAMPLE: dict[str, Any] = {
    "type": "fit.ended",
    "timestamp": "2026-11-27T15:00:00.123456Z",
    "data": {
        "id": _FIT,
        "status": "succeeded",
        "reason": "converged",
        "message": "no update makes the loss smaller",
        "metadata": {"plate": "7"},
        "urls": Urls.of(_FIT, "").model_dump(),
    },
}
_HEADERS = {
    "webhook-id": "Id of the message, the same for all tries: one that came before is no other.",
    "webhook-timestamp": "When this try was begun, in seconds since 1970 UTC: refuse one that is old.",
    "webhook-signature": (
        "`v1,` and the base64 of the HMAC-SHA256 of id, timestamp and body with dots between them, by the secret."
    ),
}


def put_webhooks(description: dict[str, Any]) -> None:
    """Add to an OpenAPI document the message that webhooks are sent."""
    _, definition = models_json_schema([(FitEnded, "serialization")], ref_template=_REFERENCE)
    for name, schema in definition["$defs"].items():
        description["components"]["schemas"].setdefault(name, schema)
    content = {"schema": {"$ref": _REFERENCE.format(model=FitEnded.__name__)}, "example": _EXAMPLE}
    description["webhooks"] = {
        "fit.ended": {
            "post": {
                "summary": "A fit has ended",
                "description": (
                    "Sent to the webhook that a fit names, as Standard Webhooks has it, and again until it is answered "
                    "2xx or 410, for three days."
                ),
                "operationId": "receiveFitEnded",
                "parameters": [
                    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": words}
                    for name, words in _HEADERS.items()
                ],
                "requestBody": {"required": True, "content": {"application/json": content}},
                "responses": {
                    "204": {"description": "It has arrived; any 2xx says so."},
                    "410": {"description": "Nobody wants it: it is not sent again."},
                },
            }
        }
    }
