"""Room on the disk that SQLite gives back after fits are deleted: in small steps, so that nobody waits."""

import logging
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from app.jobs.store.database import reading
from app.jobs.store.room import content_bytes

logger = logging.getLogger(__name__)

_INCREMENTAL = 2
_PAGES_AT_ONCE = 500
"""Pages, mostly of 4 KiB, that are given back in one transaction."""
_FEW_PAGES = 256
"""Free pages that are kept for the next fits."""
MOST_BYTES_AT_START = 2**32
"""A file of an older version with more content is left as it is: its service would take minutes to start."""


def give_back_room(engine: Engine) -> bool:
    """Give some free pages of an SQLite file back to the disk, and tell whether there were any."""
    if engine.dialect.name != "sqlite" or _pragma(engine, "freelist_count") <= _FEW_PAGES:
        return False
    if _pragma(engine, "auto_vacuum") != _INCREMENTAL:
        return False
    with _apart(engine) as cursor:
        # It gives a page back with each row that is read, and only a script reads rows without columns.
        cursor.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
    return True


def shrink_log(engine: Engine) -> bool:
    """Bring all of SQLite's log to its file and empty it; return False where somebody is reading or writing."""
    if engine.dialect.name != "sqlite":
        return True
    with _apart(engine) as cursor:
        # The most of it holds up nobody who writes.
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        cursor.execute("PRAGMA busy_timeout = 0")
        is_busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy


def prepare_for_giving_back(engine: Engine, file: Path) -> None:
    """Rewrite an SQLite file of an older version once, so that it can give room back.

    It stays as it is, and the log says so, where there is no room for that, where it would take long, or where somebody
    else has the file open and is at work.
    """
    if _pragma(engine, "auto_vacuum") == _INCREMENTAL:
        return
    with reading(engine) as connection:
        content = content_bytes(connection)
    why_not = _why_not_rewritten(file, content)
    if why_not is None:
        logger.info("%s is rewritten once, so that it gives room back after fits are deleted", file)
        why_not = _rewrite(engine)
    if why_not is not None:
        words = (
            "%s gives no room back after fits are deleted, but uses it again: %s. Stop the service, and run on it %s"
        )
        logger.warning(words, file, why_not, f"PRAGMA auto_vacuum = {_INCREMENTAL}; VACUUM;")


def _why_not_rewritten(file: Path, content: int) -> str | None:
    if content > MOST_BYTES_AT_START:
        return f"to rewrite its {content:,} bytes takes long"
    # They go into a temporary file, from there into the log, and from there into the file.
    temporary = Path(os.environ.get("SQLITE_TMPDIR") or tempfile.gettempdir())
    is_one_disk = temporary.stat().st_dev == file.parent.stat().st_dev
    needed = [(file.parent, (3 if is_one_disk else 2) * content), (temporary, content)]
    short = [(folder, count) for folder, count in needed if shutil.disk_usage(folder).free < count]
    return None if not short else "to rewrite it takes {1:,} free bytes in {0}".format(*short[0])


def _rewrite(engine: Engine) -> str | None:
    """Rewrite the file, and return None; or in words why that could not be done."""
    try:
        with _apart(engine) as cursor:
            cursor.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
            cursor.execute("VACUUM")
    except sqlite3.Error as error:
        return str(error)
    # What older connections know of the file was so before.
    engine.dispose()
    shrink_log(engine)
    return None


@contextmanager
def _apart(engine: Engine) -> Iterator[sqlite3.Cursor]:
    """Yield a cursor outside of any transaction, on a connection that nobody uses afterwards."""
    connection = engine.raw_connection()
    try:
        yield cast(sqlite3.Cursor, connection.cursor())
    finally:
        connection.invalidate()


def _pragma(engine: Engine, name: str) -> int:
    with reading(engine) as connection:
        return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
