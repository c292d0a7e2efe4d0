"""News for all services on one database: PostgreSQL tells them at once; an SQLite file has but one service."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ARRAY, Connection, Engine, Text, bindparam, exc, func, select

from app.jobs.store.postgresql import is_postgresql

QUEUED = "queued"
"""The news that fits wait to be trained; every other one is the id of a fit to which something happened."""
_CHANNEL = "fit_service"
_TELL = select(func.pg_notify(_CHANNEL, func.unnest(bindparam("news", type_=ARRAY(Text)))))


def tell(connection: Connection, news: Collection[str]) -> None:
    """Tell all services that listen, this one too, once what the transaction writes is there for them."""
    if news and is_postgresql(connection):
        connection.execute(_TELL, {"news": list(news)})


@contextmanager
def listening(engine: Engine) -> Iterator[Callable[[float], list[str]]]:
    """Yield a function that waits for news for some seconds, and returns those that came; for PostgreSQL only.

    Raises an error of unavailability where the connection is lost.
    """
    with engine.connect() as connection:
        # The driver's own, so that no transaction begins: in one, nothing would be heard.
        driver: Any = connection.connection.driver_connection
        # It is closed afterwards: nobody else should get what it hears.
        connection.detach()

        def heard(seconds: float) -> list[str]:
            with _losses_told(connection):
                return [each.payload for each in driver.notifies(timeout=seconds, stop_after=1)]

        with _losses_told(connection):
            driver.execute(f"LISTEN {_CHANNEL}")
        yield heard


@contextmanager
def _losses_told(connection: Connection) -> Iterator[None]:
    """Raise DisconnectionError where the driver says that its connection is lost."""
    lost: type[Exception] = connection.dialect.loaded_dbapi.OperationalError
    try:
        yield
    except lost as error:
        connection.invalidate()
        raise exc.DisconnectionError(str(error)) from error
