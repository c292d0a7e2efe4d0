"""The first look at a database, which says in one line what is wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, exc, make_url

from app.jobs.store.database import UnusableDatabaseError, open_engine, sole_service, time_of
from app.jobs.store.migration import migrate

_KINDS = {("sqlite", "pysqlite"), ("postgresql", "psycopg")}
"""Databases and their drivers."""


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Yield an engine for the database, which is made if it is not there, at the newest revision.

    Raises UnusableDatabaseError, also for what goes wrong with the database inside the context.
    """
    with _told_in_a_line():
        _check_kind(url)
        engine = open_engine(url)
        try:
            migrate(engine)
            yield engine
        finally:
            engine.dispose()


def ask(url: str) -> None:
    """Raise UnusableDatabaseError if a database does not answer; it is left as it is."""
    with _told_in_a_line():
        _check_kind(url)
        engine = open_engine(url)
        try:
            time_of(engine)
        finally:
            engine.dispose()


def _check_kind(url: str) -> None:
    parsed = make_url(url)
    if (parsed.get_backend_name(), parsed.get_driver_name()) not in _KINDS:
        raise UnusableDatabaseError("FIT_DATABASE_URL: it must begin with sqlite:/// or postgresql+psycopg://")


def check(url: str) -> None:
    """Raise UnusableDatabaseError if a service can't begin with this database; bring it to the newest revision."""
    with _told_in_a_line(), sole_service(url), opened(url):
        pass


@contextmanager
def _told_in_a_line() -> Iterator[None]:
    try:
        yield
    except exc.ArgumentError as error:
        raise UnusableDatabaseError(f"FIT_DATABASE_URL: {_line(error)}") from None
    except exc.DBAPIError as error:
        raise UnusableDatabaseError(f"it can't be used: {_line(error.orig or error)}") from None
    except (exc.SQLAlchemyError, OSError) as error:
        raise UnusableDatabaseError(f"it can't be used: {_line(error)}") from None
    except ImportError as error:
        words = "its driver is not installed (PostgreSQL's comes with `pip install 'fit-service[postgres]'`)"
        raise UnusableDatabaseError(f"FIT_DATABASE_URL: {words}: {_line(error)}") from None


def _line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
