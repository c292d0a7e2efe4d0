"""The log: a line for each thing that happens, in words with its fields, as text for people or as JSON for machines."""

import json
import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

REQUEST_ID: ContextVar[str | None] = ContextVar("REQUEST_ID", default=None)
"""The id of the request that is answered at the moment; every line that is written meanwhile has it."""
LONGEST_VALUE = 500
_PLAIN = re.compile(r"[!#-<>-~]+")


def fields(**values: object) -> dict[str, dict[str, object]]:
    """Return what a logger takes as `extra`, to have these fields in its line; what is None is left out."""
    return {"fields": {name: value for name, value in values.items() if value is not None}}


def configuration(level: str, form: Literal["text", "json"]) -> dict[str, Any]:
    """Return the configuration of `logging`: our own lines from this level on, and warnings of all others."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": TextLines if form == "text" else JsonLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": {
            "app": {"level": level.upper()},
            # It tells of its start and of each connection what our own lines tell.
            "uvicorn": {"level": "WARNING"},
            # At lower levels it would tell what rows hold.
            "sqlalchemy": {"level": "WARNING"},
        },
    }


class TextLines(logging.Formatter):
    """A line of text: time, level, words, then each field as `name=value`; a traceback stands below."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text."""
        named = "".join(f" {name}={_plain(value)}" for name, value in _fields(record).items())
        # A line break in the words would make a line that nobody wrote.
        words = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = f"{_moment(record)} {record.levelname.lower()}: {words}{named}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonLines(logging.Formatter):
    """A line of JSON: `time`, `level`, `logger`, `message`, the fields, and `traceback` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as JSON."""
        document = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return json.dumps(document, default=str)


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    named: dict[str, object] = getattr(record, "fields", {})
    request_id = REQUEST_ID.get()
    return named if request_id is None else {**named, "request": request_id}


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: object) -> str:
    """Return a value as text without blanks; where it has some, or what can't be printed, as a JSON string."""
    text = str(value)[:LONGEST_VALUE]
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
