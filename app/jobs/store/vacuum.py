"""Room on the disk that SQLite gives back after fits are deleted: in small steps, so that nobody waits."""

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from sqlalchemy import Engine

from app.jobs.store.database import reading

logger = logging.getLogger(__name__)

_INCREMENTAL = 2
_PAGES_AT_ONCE = 500
"""Pages, mostly of 4 KiB, that are given back in one transaction."""
_FEW_PAGES = 256
"""Free pages that are kept for the next fits."""
MOST_BYTES_AT_START = 2**33
"""A larger file of an older version is left as it is: its service would take minutes to start."""


def give_back_room(engine: Engine) -> bool:
    """Give some free pages of an SQLite file back to the disk, and tell whether there are more."""
    if engine.dialect.name != "sqlite" or _pragma(engine, "freelist_count") <= _FEW_PAGES:
        return False
    if _pragma(engine, "auto_vacuum") != _INCREMENTAL:
        return False
    with _apart(engine) as cursor:
        # It gives a page back with each row that is read, and only a script reads rows without columns.
        cursor.executescript(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})")
    return _pragma(engine, "freelist_count") > _FEW_PAGES


def shrink_log(engine: Engine) -> bool:
    """Bring all of SQLite's log to its file and empty it; return False where somebody is reading or writing."""
    if engine.dialect.name != "sqlite":
        return True
    with _apart(engine) as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
        is_busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy


def prepare_for_giving_back(engine: Engine, file: Path) -> None:
    """Rewrite an SQLite file of an older version once, so that it can give room back; nobody else may have it open."""
    if _pragma(engine, "auto_vacuum") == _INCREMENTAL:
        return
    size = file.stat().st_size
    if size > MOST_BYTES_AT_START or shutil.disk_usage(file.parent).free < 2 * size:
        words = "%s gives no room back after fits are deleted: stop the service, and run on it %s"
        logger.warning(words, file, f"PRAGMA auto_vacuum = {_INCREMENTAL}; VACUUM;")
        return
    logger.info("%s is rewritten once, so that it gives room back after fits are deleted", file)
    try:
        with _apart(engine) as cursor:
            cursor.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
            cursor.execute("VACUUM")
    except sqlite3.Error as error:
        logger.warning("%s could not be rewritten: %s", file, error)


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
