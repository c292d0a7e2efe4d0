"""Texts of clients, which may have any character: PostgreSQL keeps all but one."""

from typing import Any

from sqlalchemy import Dialect, String
from sqlalchemy.types import TypeDecorator

from app.jobs.store.postgresql import NAME

_NUL = "\x00"
_IN_ITS_PLACE = "\uffff"
"""A code point that is no character and never will be one."""


class ClientText(TypeDecorator[str]):
    """A column of texts that clients give."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return a text as the database can keep it."""
        return value.replace(_NUL, _IN_ITS_PLACE) if value is not None and dialect.name == NAME else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Return a text as its client gave it."""
        return value.replace(_IN_ITS_PLACE, _NUL) if value is not None and dialect.name == NAME else value
