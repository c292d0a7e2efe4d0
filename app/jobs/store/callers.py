"""The store of callers."""

from sqlalchemy import Connection, exists, insert, select

from app.jobs.callers.names import check_name
from app.jobs.store.clock import NOW
from app.jobs.store.tables import callers


def add_caller(connection: Connection, name: str) -> None:
    """Write a caller, unless it is known. Raises ValueError for a name that no caller can have."""
    check_name("caller", name)
    if not connection.execute(select(exists().where(callers.c.name == name))).scalar_one():
        connection.execute(insert(callers).values(name=name, created_at=NOW))
