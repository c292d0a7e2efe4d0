"""Which errors tell that the database can't be used at the moment, and which that the service made a mistake."""

import pickle
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, exc, text

from app.jobs.store.database import is_full, open_engine, reading, unavailability, writing
from app.jobs.store.fits import Store
from tests.helpers.stored_fits import submission


def raised_by(engine: Engine, statement: str, **parameters: object) -> exc.SQLAlchemyError:
    with pytest.raises(exc.SQLAlchemyError) as caught, reading(engine) as connection:
        connection.execute(text(statement), parameters)
    return caught.value


@pytest.fixture
def locked(sqlite_engine: Engine) -> exc.SQLAlchemyError:
    """Return what a second writer gets that does not wait."""
    hasty = open_engine(sqlite_engine.url.render_as_string(), patience_seconds=0)
    with writing(sqlite_engine), pytest.raises(exc.OperationalError) as caught, writing(hasty):
        pass
    hasty.dispose()
    return caught.value


def test_a_locked_database_is_unavailable(locked: exc.SQLAlchemyError) -> None:
    assert unavailability(locked) == "(sqlite3.OperationalError) database is locked"


def test_a_worker_can_tell_the_service_that_the_database_is_unavailable(locked: exc.SQLAlchemyError) -> None:
    assert unavailability(pickle.loads(pickle.dumps(locked)))  # noqa: S301


def test_a_file_that_can_not_be_opened_is_unavailable(tmp_path: Path) -> None:
    error = raised_by(open_engine(f"sqlite:///{tmp_path}/nowhere/fits.db"), "SELECT 1")
    assert unavailability(error) == "(sqlite3.OperationalError) unable to open database file"


def test_a_pool_without_a_free_connection_is_unavailable(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/fits.db", pool_size=1, max_overflow=0, pool_timeout=0)
    with engine.connect():
        assert unavailability(raised_by(engine, "SELECT 1"))
    engine.dispose()


@pytest.mark.parametrize("kind", [exc.OperationalError, exc.InterfaceError])
def test_a_database_server_that_refuses_connections_is_unavailable(kind: type[exc.DBAPIError]) -> None:
    assert unavailability(kind(None, None, ConnectionError("connection refused")))


@pytest.mark.parametrize("statement", ["SELECT * FROM nothing", "SELECT nothing FROM fits", "SELECT FROM"])
def test_a_wrong_statement_is_no_outage(engine: Engine, statement: str) -> None:
    error = raised_by(engine, statement)
    assert isinstance(error, exc.DBAPIError)
    assert unavailability(error) is None


def test_a_broken_constraint_is_no_outage(engine: Engine) -> None:
    assert unavailability(raised_by(engine, "INSERT INTO fits (number) VALUES (1)")) is None


@pytest.fixture
def full(sqlite_engine: Engine) -> exc.SQLAlchemyError:
    """Return what a post gets where the database may have no more pages."""
    store = Store(sqlite_engine)
    with writing(sqlite_engine) as connection:
        # A small bound is raised to the pages that there are.
        connection.exec_driver_sql("PRAGMA max_page_count = 1").close()
    with pytest.raises(exc.OperationalError) as caught:
        store.create(submission(arrays={"x.x": [1.0] * 100_000}))
    return caught.value


def test_a_full_database_is_full_and_unavailable(full: exc.SQLAlchemyError) -> None:
    assert is_full(full)
    assert unavailability(full) == "(sqlite3.OperationalError) database or disk is full"
    assert is_full(pickle.loads(pickle.dumps(full)))  # noqa: S301


def test_a_locked_database_is_not_full(locked: exc.SQLAlchemyError) -> None:
    assert not is_full(locked)


def test_a_full_disk_is_full() -> None:
    with Path("/dev/full").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left") as caught:
        file.write(b"x")
    assert is_full(caught.value)


def test_what_is_no_error_of_the_database_is_no_outage() -> None:
    assert unavailability(RuntimeError("database is locked")) is None


def test_parameters_are_not_in_the_words_of_an_error(engine: Engine) -> None:
    assert "private" not in str(raised_by(engine, "SELECT nothing FROM fits WHERE id = :id", id="private"))
