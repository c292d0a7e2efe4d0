"""What is PostgreSQL's own: how its sessions are set up, and what its errors say."""

import math
import time
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, event, exc, make_url, text

NAME = "postgresql"
_CONNECTIONS = 10
"""Connections of a process that are kept, and that it may have beside these: a server has not many for all."""
_LONGEST_PAUSE = "60s"
"""Time after which a transaction ends in which nothing is asked: whoever began it hangs, and others wait for it."""
_LONGEST_UNCHECKED_SECONDS = 0.05
"""Time in which no server is started again: what was used before it is checked before it is used."""
_LONGEST_MIGRATION = "10min"
_MIGRATION_LOCK = 7_237_115_470
"""A number that no other program on the same database should lock."""
_BROKEN_OFF = frozenset({"40001", "40P01"})
"""SQLSTATEs of transactions that gave way to others: serialization failure, deadlock."""
_READ_ONLY = "25006"
_DISK_FULL = "53100"


def is_postgresql(engine_or_connection: Engine | Connection) -> bool:
    """Tell whether a database is PostgreSQL's."""
    return engine_or_connection.dialect.name == NAME


def engine_options(url: str, patience_seconds: int) -> dict[str, Any]:
    """Return how an engine is made; what the query of the URL says goes before."""
    arguments = {
        "application_name": "fit-service",
        "connect_timeout": max(2, patience_seconds),
        # A server that is cut off without a word is given up after some seconds.
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
    }
    given = make_url(url).query
    return {
        "pool_size": _CONNECTIONS,
        "max_overflow": _CONNECTIONS,
        "connect_args": {name: value for name, value in arguments.items() if name not in given},
    }


def set_up(engine: Engine, patience_seconds: int) -> None:
    """Let sessions of an engine wait as long as those of SQLite do, and its transactions read what is of one moment."""
    event.listen(engine, "connect", partial(_set_up_session, patience_seconds))
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_check_after_a_pause, engine.dialect.loaded_dbapi.OperationalError))


def _set_up_session(patience_seconds: int, connection: Any, _record: object) -> None:
    lock_timeout = f"{max(1, 1000 * patience_seconds)}ms"
    # The driver would begin a transaction by itself, on a way to the server of its own: we say BEGIN, and more with it.
    connection.autocommit = True
    connection.execute(
        "SELECT set_config('lock_timeout', %s, false), set_config('idle_in_transaction_session_timeout', %s, false)",
        (lock_timeout, _LONGEST_PAUSE),
    )


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _check_after_a_pause(lost: type[Exception], connection: Any, record: Any, _proxy: object) -> None:
    """Let the pool connect anew what was connected to a server that was started again, so that nobody is told of it."""
    if time.monotonic() - record.info.get("used_at", math.inf) < _LONGEST_UNCHECKED_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
    except lost as error:
        raise exc.DisconnectionError(str(error)) from error


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("asks", False):
        return
    if not options.get("writes", False):
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ")
    elif options["durable"]:
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN; SET LOCAL synchronous_commit TO off")


def take_turn_to_migrate(connection: Connection) -> None:
    """Wait until no other service migrates the tables; until this transaction ends, none does."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout TO '{_LONGEST_MIGRATION}'")
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})


def database_bytes(connection: Connection) -> int:
    """Return the bytes that the database takes on its server's disk."""
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def is_broken_off(error: BaseException) -> bool:
    """Tell whether an error says that a transaction gave way to another one, and may succeed if it is tried again."""
    return _sqlstate(error) in _BROKEN_OFF


def refuses_writes(error: BaseException) -> bool:
    """Tell whether an error says that the server is for reading only, as after a fail-over."""
    return _sqlstate(error) == _READ_ONLY


def has_full_disk(error: BaseException) -> bool:
    """Tell whether an error says that the disk of the server is full."""
    return _sqlstate(error) == _DISK_FULL


def _sqlstate(error: BaseException) -> str | None:
    of_driver = error.orig if isinstance(error, exc.DBAPIError) else None
    code: str | None = getattr(of_driver, "sqlstate", None)
    return code
