"""Room comes back to the disk after fits are deleted."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.jobs.store.database import open_engine
from app.jobs.store.fits import Store
from app.jobs.store.migration import migrate
from app.jobs.store.room import stored_bytes
from app.jobs.store.vacuum import give_back_room, prepare_for_giving_back, shrink_log
from tests.helpers.stored_fits import submission

MANY = {"x.x": [1.0] * 1_000_000}


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """Return an SQLite file: what is held here is its own."""
    return sqlite_engine


def delete_one_large_fit(store: Store) -> None:
    fit_id = store.create(submission(arrays=MANY)).id
    store.cancel(fit_id)
    store.delete(fit_id)


def test_the_file_shrinks_in_steps(engine: Engine, tmp_path: Path) -> None:
    delete_one_large_fit(Store(engine))
    steps = 1
    while give_back_room(engine):
        steps += 1
    assert 2 < steps < 10
    assert shrink_log(engine)
    assert stored_bytes(tmp_path / "fits.db") < 2_500_000


def test_without_free_pages_there_is_nothing_to_do(engine: Engine) -> None:
    Store(engine).create(submission())
    assert not give_back_room(engine)


@pytest.fixture
def older(tmp_path: Path) -> Iterator[Engine]:
    """Return a database as older versions made it."""
    connection = sqlite3.connect(tmp_path / "older.db")
    connection.execute("CREATE TABLE before (n)")
    connection.close()
    engine = open_engine(f"sqlite:///{tmp_path}/older.db")
    migrate(engine)
    yield engine
    engine.dispose()


def gives_room_back(engine: Engine) -> bool:
    delete_one_large_fit(Store(engine))
    return give_back_room(engine)


def test_a_file_that_somebody_else_works_on_is_left_as_it_is_and_told(
    older: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(tmp_path / "older.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        hasty = open_engine(older.url.render_as_string(), patience_seconds=0)
        prepare_for_giving_back(hasty, tmp_path / "older.db")
        hasty.dispose()
    assert "uses it again: database is locked." in caplog.text
    assert not gives_room_back(older)


def test_whoever_has_an_older_file_open_goes_on_when_it_is_rewritten(older: Engine, tmp_path: Path) -> None:
    other = open_engine(older.url.render_as_string())
    first = Store(other).create(submission())
    prepare_for_giving_back(older, tmp_path / "older.db")
    assert Store(other).get(first.id).id == Store(older).get(first.id).id
    assert gives_room_back(other)
    with closing(sqlite3.connect(tmp_path / "older.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    other.dispose()


def test_without_room_to_rewrite_it_an_older_file_is_left_as_it_is_and_told(
    older: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SQLITE_TMPDIR", "/proc")
    prepare_for_giving_back(older, tmp_path / "older.db")
    assert "free bytes in /proc" in caplog.text


def test_a_file_that_is_too_large_is_left_as_it_is_and_told(
    older: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.jobs.store.vacuum.MOST_BYTES_AT_START", 1)
    prepare_for_giving_back(older, tmp_path / "older.db")
    assert "PRAGMA auto_vacuum = 2; VACUUM;" in caplog.text


def test_an_older_file_gives_room_back_once_it_is_prepared(older: Engine, tmp_path: Path) -> None:
    kept = Store(older).create(submission(arrays={"x.x": [1.0, 2.0]}))
    assert not gives_room_back(older)
    prepare_for_giving_back(older, tmp_path / "older.db")
    assert gives_room_back(older)
    assert list(Store(older).data(kept).arrays["x.x"]) == [1.0, 2.0]
