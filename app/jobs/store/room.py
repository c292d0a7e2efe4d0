"""The room that a database may take on its disk: new fits are refused before it is full, so that others can end."""

import logging
import math
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from app.jobs.errors import StorageFullError
from app.jobs.store.postgresql import database_bytes, is_postgresql
from app.jobs.store.private_files import log_of, sqlite_file

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
"""Seconds after which the disk is asked again."""
_FIT_BYTES = 4096
"""About what a fit takes beside its numbers and labels."""
_COPIES = 2
"""What is stored stands in SQLite's log first, and in the file too once it is brought there."""


@dataclass(frozen=True)
class RoomBounds:
    """How much room there must be."""

    reserve_bytes: int
    """Bytes of the disk that are kept free, so that what was accepted can be finished."""
    most_bytes: int | None = None
    """Most bytes of the database."""


class Room:
    """The bytes that new fits may take: as it was when the disk was asked last, less those of the fits since."""

    def __init__(self, engine: Engine, bounds: RoomBounds) -> None:
        self._bounds = bounds
        self._file = sqlite_file(engine.url.render_as_string())
        self._looked = self._left = -math.inf
        self._words = ""
        self._is_full = False

    def let_in(self, connection: Connection, size: int) -> None:
        """Note that a fit with so many bytes of numbers is stored. Raises StorageFullError where there is no room."""
        if self._file is None and self._bounds.most_bytes is None:
            # The disk of a server is not seen from here.
            return
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._look(connection)
        needed = _FIT_BYTES + size
        if needed > self._left:
            remedy = "delete fits that nobody needs, or make room on the disk"
            raise StorageFullError(f"{self._words}, and this fit takes about {needed:,}: {remedy}")
        self._left -= needed

    def _look(self, connection: Connection) -> None:
        self._looked = time.monotonic()
        rooms = [] if self._file is None else [_below_reserve(self._file, self._bounds.reserve_bytes)]
        if self._bounds.most_bytes is not None:
            rooms.append(_below_most(connection, self._bounds.most_bytes))
        self._left, self._words = min(rooms)
        was_full, self._is_full = self._is_full, self._left < _FIT_BYTES
        if self._is_full != was_full:
            logger.warning("%s: %s", "no more fits are accepted" if self._is_full else "fits are accepted", self._words)


def _below_reserve(file: Path, reserve: int) -> tuple[float, str]:
    """Return how many bytes may be taken of the disk, and in words why no more."""
    try:
        free = shutil.disk_usage(file.parent).free
    except OSError:
        # What is wrong with the folder, the database says itself.
        return math.inf, ""
    kept = f"{reserve:,} of them (FIT_DISK_RESERVE_BYTES) are kept for running fits"
    left = (free - reserve - _log_bytes(file)) / _COPIES
    return left, f"the disk of the database has {free:,} free bytes, and {kept}"


def _below_most(connection: Connection, most: int) -> tuple[float, str]:
    """Return how many bytes the database may have more, and in words why no more."""
    stored = content_bytes(connection)
    return most - stored, f"the database has {stored:,} bytes of the {most:,} that it may have (FIT_MAX_STORED_BYTES)"


def stored_bytes(file: Path) -> int:
    """Return the bytes that an SQLite database takes on its disk."""
    return _size(file) + _log_bytes(file)


def _log_bytes(file: Path) -> int:
    return _size(log_of(file))


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def content_bytes(connection: Connection) -> int:
    """Return the bytes of an SQLite database that are in use, those in its log among them.

    Of one of PostgreSQL, those that it takes on the disk: what was deleted counts until its room is used again.
    """
    if is_postgresql(connection):
        return database_bytes(connection)
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names)
    return int((pages - free) * size)
