"""The SQLite file that was opened, and whether it is still the one that has its name.

SQLite goes on with a file that was deleted or replaced: it would take fits that nobody finds again.
"""

from pathlib import Path

from sqlalchemy import exc


class DatabaseFileLostError(exc.DisconnectionError):
    """The file was deleted or replaced after it was opened."""


class OpenedFile:
    """The file of a database, known by its number on the disk from the first connection on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[int, int] | None = None

    def note(self) -> None:
        """Note which file it is, unless that is known."""
        self._known = self._known or self._now()

    def check(self) -> None:
        """Raise DatabaseFileLostError if the name is that of another file, or of none."""
        if self._known is None:
            return
        now = self._now()
        if now != self._known:
            how = "was deleted" if now is None else "was replaced by another"
            raise DatabaseFileLostError(
                f"the file of the database {how} while the service runs: put it back, or restart the service"
            )

    def _now(self) -> tuple[int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino
