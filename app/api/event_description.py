"""The events of streams in the OpenAPI document, of which FastAPI knows only those of generators."""

from typing import Any

from pydantic.json_schema import models_json_schema

from app.schemas.snapshot import FitGone, Snapshot

_EVENTS = (Snapshot, FitGone)
_REFERENCE = "#/components/schemas/{model}"

EVENTS: dict[str, Any] = {
    "text/event-stream": {
        # As OpenAPI 3.2 has it (4.14.4), and FastAPI writes it too; to 3.1 the whole answer is a text.
        "itemSchema": {
            "type": "object",
            "required": ["event", "data"],
            "properties": {
                "event": {"type": "string", "enum": [event.__name__.lower() for event in _EVENTS]},
                "data": {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": {"anyOf": [{"$ref": _REFERENCE.format(model=e.__name__)} for e in _EVENTS]},
                },
                "id": {"type": "string"},
                "retry": {"type": "integer", "minimum": 0},
            },
        }
    }
}
"""The content of an answer that is a stream."""


def put_events(description: dict[str, Any]) -> None:
    """Add to an OpenAPI document the schemas of the events."""
    _, definition = models_json_schema([(event, "serialization") for event in _EVENTS], ref_template=_REFERENCE)
    for name, schema in definition["$defs"].items():
        description["components"]["schemas"].setdefault(name, schema)
