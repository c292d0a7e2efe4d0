"""The time as the database has it: the clocks of the machines on which services and workers run may differ."""

import time
from sqlite3 import Connection
from typing import Any

from sqlalchemy import ColumnElement, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_OF_SQLITE = "seconds_now"


class _Now(FunctionElement[float]):
    # A plain column element would have each statement compiled anew.
    inherit_cache = True
    type = Float()


NOW: ColumnElement[float] = _Now()
"""The time when a statement is carried out, in seconds since 1970 UTC."""


@compiles(_Now)
def _in_sql(_now: _Now, _compiler: SQLCompiler, **_options: Any) -> str:
    return f"{_OF_SQLITE}()"


@compiles(_Now, "postgresql")
def _in_postgresql(_now: _Now, _compiler: SQLCompiler, **_options: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def provide_time(connection: Connection) -> None:
    """Let statements on a connection to an SQLite file, which only processes of one machine have, ask for the time."""
    connection.create_function(_OF_SQLITE, 0, time.time)
