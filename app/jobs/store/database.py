"""The way to the database: engine, SQLite's settings, migrations, one service a file, outages."""

import errno
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, exc, make_url, select

from app.jobs.errors import UnavailableError
from app.jobs.store import postgresql
from app.jobs.store.clock import NOW, provide_time
from app.jobs.store.opened_file import OpenedFile
from app.jobs.store.private_files import create_private, sqlite_file

_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}
"""Result codes of SQLite for which no statement of ours is to blame."""
_PRIMARY_CODE = 0xFF
"""The bits of a result code of SQLite that are not a further detail of it."""


class UnusableDatabaseError(RuntimeError):
    """A service can't begin with this database; the message says in one line why."""


class DatabaseInUseError(UnusableDatabaseError):
    """Another service works on the same SQLite file."""


def open_engine(url: str, patience_seconds: int = 5) -> Engine:
    """Return an engine for `url` that waits up to `patience_seconds` for a lock or a free connection.

    SQLite keeps a write-ahead log, has every commit on disk, and checks foreign keys. Its file must be there.
    """
    is_postgresql = make_url(url).get_backend_name() == postgresql.NAME
    pool = {"pool_size": 20, "max_overflow": 20}
    options = postgresql.engine_options(url, patience_seconds) if is_postgresql else pool
    engine = create_engine(url, **options, pool_timeout=patience_seconds, hide_parameters=True)
    if is_postgresql:
        postgresql.set_up(engine, patience_seconds)
    if engine.dialect.name == "sqlite":
        engine.update_execution_options(turns=_Turns(patience_seconds))
        event.listen(engine, "connect", partial(_set_up_sqlite, patience_seconds))
        path = sqlite_file(url)
        if path is not None:
            file = OpenedFile(path)
            engine.update_execution_options(file=file)
            event.listen(engine, "do_connect", _open_existing)
            event.listen(engine, "connect", lambda *_arguments: file.note())
        event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "handle_error", _without_parameters)
    return engine


def _open_existing(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> None:
    # Where a file was taken away, SQLite would make a new one, and throw the log of the old one away.
    arguments[0] = f"file:{quote(arguments[0])}?mode=rw"
    options["uri"] = True


def _without_parameters(context: ExceptionContext) -> None:
    # They are the client's, may be large, and some can't go from one process to another.
    if isinstance(context.sqlalchemy_exception, exc.StatementError):
        context.sqlalchemy_exception.params = None


def _set_up_sqlite(patience_seconds: int, connection: sqlite3.Connection, _record: object) -> None:
    # sqlite3's own transaction control begins too late (after the first SELECT); we say BEGIN ourselves.
    connection.isolation_level = None
    provide_time(connection)
    patience = f"busy_timeout = {1000 * patience_seconds}"
    # Whoever fills so many pages of the log brings them to the file, and waits for the disk much longer than others.
    log = "wal_autocheckpoint = 8000"
    longest_log = "journal_size_limit = 67108864"
    if connection.execute("PRAGMA page_count").fetchone() == (0,):
        # Of use in an empty file only; in another it would write, and so wait for whoever writes.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL").close()
    for pragma in (patience, "journal_mode = WAL", log, longest_log, "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another wrote between; IMMEDIATE waits instead.
    options = connection.get_execution_options()
    if options.get("asks", False):
        return
    writes = options.get("writes", False)
    if writes and connection.info.get("durable", True) != options["durable"]:
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options['durable'] else 'NORMAL'}")
        connection.info["durable"] = options["durable"]
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class _Turns:
    """The turns of this process's threads, which write one after another.

    SQLite lets one write at a time, and all others look again after longer and longer sleeps: of many threads most
    would sleep where the next could begin at once.
    """

    def __init__(self, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(timeout=self._patience_seconds):
            raise exc.TimeoutError("other threads have been writing to the database all the time")

    def __exit__(self, *_error: object) -> None:
        self._lock.release()


def unavailability(error: BaseException) -> str | None:
    """Return in one line why the database is busy or can't be reached, if that is what an error says, else None.

    An error for which our own statement is to blame, as one that names a table that is not there, gives None.
    """
    return str(error).partition("\n")[0] if _is_unavailability(error) else None


def is_unavailable(error: BaseException) -> bool:
    """Tell whether an error says that the database can't be used at the moment, or that its file is lost."""
    return isinstance(error, UnavailableError) or _is_unavailability(error)


def is_full(error: BaseException) -> bool:
    """Tell whether an error says that a disk, or the database itself, is full."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return _sqlite_code(error) == sqlite3.SQLITE_FULL or postgresql.has_full_disk(error)


def _is_unavailability(error: BaseException) -> bool:
    code = _sqlite_code(error)
    if code is not None:
        # SQLite's driver calls mistakes of ours operational errors too; only the code tells them apart.
        return code in _SQLITE_UNAVAILABLE
    if not isinstance(error, exc.DBAPIError):
        return isinstance(error, exc.TimeoutError | exc.DisconnectionError)
    is_of_server = isinstance(error, exc.OperationalError | exc.InterfaceError)
    return error.connection_invalidated or is_of_server or postgresql.refuses_writes(error)


def _sqlite_code(error: BaseException) -> int | None:
    """Return the result code of SQLite, without its further details; None for what is no error of its driver."""
    of_driver = error.orig if isinstance(error, exc.DBAPIError) else error
    if not isinstance(of_driver, sqlite3.Error):
        return None
    code: int = getattr(of_driver, "sqlite_errorcode", 0)
    return code & _PRIMARY_CODE


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield the connection of a transaction that only reads, and all that is of one moment.

    Raises DatabaseFileLostError, as `writing` does, where the SQLite file was deleted or replaced.
    """
    _check_file(engine)
    with engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def asking(engine: Engine) -> Iterator[Connection]:
    """Yield a connection for one statement that reads: to a server this is one way and back, and not three.

    Each further statement may see what was written after the one before it.
    """
    _check_file(engine)
    with engine.connect().execution_options(asks=True) as connection:
        yield connection


def may_crash_alone(engine: Engine) -> bool:
    """Tell whether a database may crash while those who work with it go on, as a server may.

    What such a one forgets they would still believe, so that it must be on disk: who has which attempt, and what was
    reported of a part.
    """
    return postgresql.is_postgresql(engine)


def time_of(engine: Engine) -> float:
    """Return the time as the database has it, in seconds since 1970 UTC."""
    with asking(engine) as connection:
        return connection.execute(select(NOW)).scalar_one()


@contextmanager
def writing(engine: Engine, durable: bool = True) -> Iterator[Connection]:
    """Yield the connection of a transaction that writes; commit it at the end, roll it back on an exception.

    It is on disk then. One that is not `durable` survives the end of a process, but a power failure only once a later
    one is on disk: enough for what nobody is told and what is found out again.
    """
    _check_file(engine)
    turns: _Turns | None = engine.get_execution_options().get("turns")
    with (
        turns or nullcontext(),
        engine.connect().execution_options(writes=True, durable=durable) as connection,
        connection.begin(),
    ):
        yield connection
    # Nobody is told that something is kept which went into a file without a name.
    _check_file(engine)


def _check_file(engine: Engine) -> None:
    file: OpenedFile | None = engine.get_execution_options().get("file")
    if file is not None:
        file.check()


@contextmanager
def sole_service(url: str) -> Iterator[bool]:
    """Hold the SQLite file of `url` for this service alone, and yield True; other databases are shared: yield False.

    Raises DatabaseInUseError if another service holds the file.
    """
    path = sqlite_file(url)
    if path is None:
        yield False
        return
    create_private(path)
    try:
        with FileLock(f"{path}.lock", timeout=0, mode=0o600, thread_local=False):
            yield True
    except Timeout:
        raise DatabaseInUseError(
            f"another fit-service is at work on {path}: stop it, or set FIT_DATABASE_URL"
        ) from None
