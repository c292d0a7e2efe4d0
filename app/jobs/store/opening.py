"""The first look at a database, which says in one line what is wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, exc

from app.jobs.store.database import UnusableDatabaseError, open_engine, sole_service
from app.jobs.store.migration import migrate


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Yield an engine for the database, which is made if it is not there, at the newest revision.

    Raises UnusableDatabaseError, also for what goes wrong with the database inside the context.
    """
    with _told_in_a_line():
        engine = open_engine(url)
        try:
            migrate(engine)
            yield engine
        finally:
            engine.dispose()


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
    except ModuleNotFoundError as error:
        raise UnusableDatabaseError(f"FIT_DATABASE_URL: its driver is not installed: {_line(error)}") from None


def _line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
