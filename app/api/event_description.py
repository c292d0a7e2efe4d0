"""The events of streams in the OpenAPI document, of which FastAPI knows only those of generators."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.schemas.snapshot import FitGone, Snapshot

_EVENTS: dict[str, type[BaseModel]] = {"snapshot": Snapshot, "gone": FitGone}
"""The data of events by the names of these."""
_REFERENCE = "#/components/schemas/{model}"
_DATA = [{"$ref": _REFERENCE.format(model=data.__name__)} for data in _EVENTS.values()]

EVENTS: dict[str, Any] = {
    "text/event-stream": {
        # As OpenAPI 3.2 has it (4.14.4), and FastAPI writes it too.
        "itemSchema": {
            "type": "object",
            "required": ["event", "data"],
            "properties": {
                "event": {"type": "string", "enum": [*_EVENTS]},
                "data": {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": {
                        "anyOf": [{"$ref": _REFERENCE.format(model=e.__name__)} for e in _EVENTS.values()]
                    },
                },
                "id": {"type": "string"},
                "retry": {"type": "integer", "minimum": 0},
            },
        }
    }
}
"""The content of an answer that is a stream."""


def put_events(description: dict[str, Any]) -> None:
    """Add to an OpenAPI document the schemas of the events.

    FastAPI has a stream for a text, which it is not: `schema` is of all of its events, as a list.
    """
    _, definition = models_json_schema(
        [(event, "serialization") for event in _EVENTS.values()], ref_template=_REFERENCE
    )
    for name, schema in definition["$defs"].items():
        description["components"]["schemas"].setdefault(name, schema)
    for methods in description["paths"].values():
        for operation in methods.values():
            operation["responses"].get("200", {}).get("content", {}).get("text/event-stream", {}).pop("schema", None)
