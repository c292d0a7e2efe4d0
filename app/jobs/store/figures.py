"""What the database can say about itself in figures, by statements that look at indexes only."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from app.jobs.store.clock import NOW
from app.jobs.store.database import reading, unavailability
from app.jobs.store.postgresql import database_bytes, is_postgresql
from app.jobs.store.room import stored_bytes
from app.jobs.store.tables import fits
from app.schemas.status import Status

BELIEVED_SECONDS = 1.0

# Both are answered by ix_fits_status_number; the second looks at one row.
_BY_STATUS = select(fits.c.status, func.count()).group_by(fits.c.status)
_AGE_OF_OLDEST = (
    select(NOW - fits.c.created_at).where(fits.c.status == Status.QUEUED.value).order_by(fits.c.number).limit(1)
)


@dataclass(frozen=True)
class Snapshot:
    """The figures of a moment."""

    by_status: Mapping[str, int]
    """Number of fits of each status."""
    oldest_queued_seconds: float
    """Age of the oldest fit that is queued; 0 where none is."""
    stored_bytes: int | None
    """Bytes of the database's files; None where they are not known."""


class Figures:
    """The figures of a database, counted again after a second at the earliest, however often somebody asks."""

    def __init__(self, engine: Engine, file: Path | None) -> None:
        self._engine, self._file = engine, file
        self._lock = threading.Lock()
        self._counted = float("-inf")
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot | None:
        """Return the figures; None where the database does not answer."""
        with self._lock:
            if time.monotonic() - self._counted >= BELIEVED_SECONDS:
                self._snapshot = self._count_if_it_answers()
                self._counted = time.monotonic()
            return self._snapshot

    def _count_if_it_answers(self) -> Snapshot | None:
        try:
            return self._count()
        except Exception as error:
            if unavailability(error) is None:
                raise
            return None

    def _count(self) -> Snapshot:
        with reading(self._engine) as connection:
            counted = {status: number for status, number in connection.execute(_BY_STATUS)}  # noqa: C416 - dict() would ask for keys
            age = connection.execute(_AGE_OF_OLDEST).scalar_one_or_none()
            stored = self._stored(connection)
        by_status = {status.value: counted.get(status.value, 0) for status in Status}
        return Snapshot(by_status, max(0.0, age or 0.0), stored)

    def _stored(self, connection: Connection) -> int | None:
        if is_postgresql(connection):
            return database_bytes(connection)
        return None if self._file is None else stored_bytes(self._file)
