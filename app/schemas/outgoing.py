"""The base of every part of an answer."""

from typing import Any

from pydantic import BaseModel, ConfigDict


def _always_there(schema: dict[str, Any]) -> None:
    """Say of every field that an answer has it, also where it has a default for us: clients need not look for it."""
    schema["required"] = list(schema["properties"])
    for field in schema["properties"].values():
        field.pop("default", None)


class Outgoing(BaseModel):
    """A part of an answer: plain data, which need not be validated again."""

    model_config = ConfigDict(frozen=True, json_schema_extra=_always_there)
