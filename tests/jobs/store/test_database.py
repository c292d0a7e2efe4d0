"""Opening the database: SQLite's settings, transactions, migrations, and one service on a file."""

import pytest
from sqlalchemy import URL, Engine, insert, select
from sqlalchemy.exc import OperationalError

from app.jobs.store.database import DatabaseInUseError, open_engine, reading, sole_service, writing
from app.jobs.store.fits import Store
from app.jobs.store.migration import migrate
from app.jobs.store.tables import fits
from tests.helpers.stored_fits import submission


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    store = Store(engine)
    record = store.create(submission())
    migrate(engine)
    assert store.get(record.id) == record


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_sqlite_writes_ahead_and_waits_for_the_disk(engine: Engine) -> None:
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_whoever_connects_waits_for_nobody_who_writes(engine: Engine) -> None:
    hasty = open_engine(engine.url.render_as_string(), patience_seconds=0)
    with writing(engine) as connection:
        connection.execute(insert(fits).values(ROW))
        assert ids(hasty) == []
    hasty.dispose()


def test_a_sqlite_file_belongs_to_one_service(tmp_path) -> None:
    url = f"sqlite:///{tmp_path}/new/folder/fits.db"
    with (
        sole_service(url) as alone,
        pytest.raises(DatabaseInUseError, match="another fit-service"),
        sole_service(url),
    ):
        raise AssertionError(f"opened twice, although {alone=}")


def test_other_databases_are_shared() -> None:
    with sole_service("postgresql://somewhere/fits") as alone:
        assert not alone


def test_foreign_keys_hold(tmp_path) -> None:
    (tmp_path / "x.db").touch()
    opened = open_engine(f"sqlite:///{tmp_path}/x.db")
    with reading(opened) as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    opened.dispose()


def test_a_file_that_is_not_there_is_not_made(tmp_path) -> None:
    opened = open_engine(f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(OperationalError, match="unable to open"), reading(opened):
        pass
    assert not (tmp_path / "x.db").exists()


@pytest.mark.parametrize("name", ["a b.db", "a?mode=memory.db", "50%25.db", "ä#.db"])
def test_a_file_may_have_any_name(tmp_path, name: str) -> None:
    (tmp_path / name).touch()
    opened = open_engine(URL.create("sqlite", database=f"{tmp_path}/{name}").render_as_string())
    with writing(opened) as connection:
        connection.exec_driver_sql("CREATE TABLE something (number INTEGER)")
    opened.dispose()
    assert (tmp_path / name).stat().st_size


ROW = {"id": "fit_1", "status": "queued", "request": {}, "created_at": 0.0}


def ids(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [*connection.execute(select(fits.c.id)).scalars()]


def test_what_is_written_is_there_for_the_next_reader(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(fits).values(ROW))
        assert ids(engine) == []
    assert ids(engine) == ["fit_1"]


def write_and_fail(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(insert(fits).values(ROW))
        raise RuntimeError("in the middle")


def test_nothing_is_left_of_a_transaction_that_failed(engine: Engine) -> None:
    with pytest.raises(RuntimeError, match="in the middle"):
        write_and_fail(engine)
    assert ids(engine) == []
