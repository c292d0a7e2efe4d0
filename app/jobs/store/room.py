"""The room that a database may take on its disk."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from app.jobs.errors import StorageFullError

_LOOK_SECONDS = 1.0
"""Seconds after which the disk is asked again."""


@dataclass(frozen=True)
class RoomBounds:
    """How much room there must be."""

    reserve_bytes: int
    """Bytes of the disk that are kept free, so that what was accepted can be finished."""
    most_bytes: int | None = None
    """Most bytes of the database's files."""


class Room:
    """The room that a database has: as it was when the disk was asked last."""

    def __init__(self, file: Path, bounds: RoomBounds) -> None:
        self._file = file
        self._bounds = bounds
        self._looked = float("-inf")
        self._wrong: str | None = None

    def check(self) -> None:
        """Raise StorageFullError where nothing more may be stored."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._wrong, self._looked = self._look(), now
        if self._wrong is not None:
            raise StorageFullError(f"{self._wrong}: delete fits that nobody needs, or make room on the disk")

    def _look(self) -> str | None:
        """Return in words why nothing more may be stored; None where it may."""
        free = shutil.disk_usage(self._file.parent).free
        if free < self._bounds.reserve_bytes:
            reserve = f"the {self._bounds.reserve_bytes:,} of FIT_DISK_RESERVE_BYTES"
            return (
                f"the disk of the database has {free:,} free bytes, fewer than {reserve} that are kept for running fits"
            )
        most, stored = self._bounds.most_bytes, stored_bytes(self._file)
        if most is not None and stored >= most:
            return f"the database has {stored:,} bytes, as many as the {most:,} of FIT_MAX_STORED_BYTES"
        return None


def stored_bytes(file: Path) -> int:
    """Return the bytes that an SQLite database takes on its disk."""
    files = (file, file.with_name(f"{file.name}-wal"))
    return sum(path.stat().st_size for path in files if path.exists())
