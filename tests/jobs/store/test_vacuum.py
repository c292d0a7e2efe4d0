"""Room comes back to the disk after fits are deleted."""

import sqlite3
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


def test_an_older_file_gives_room_back_once_it_is_prepared(tmp_path: Path) -> None:
    file = tmp_path / "older.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE before (n)")
    connection.close()
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    kept = Store(engine).create(submission(arrays={"x.x": [1.0, 2.0]}))
    delete_one_large_fit(Store(engine))
    assert not give_back_room(engine)
    prepare_for_giving_back(engine, file)
    delete_one_large_fit(Store(engine))
    assert give_back_room(engine)
    assert list(Store(engine).data(kept).arrays["x.x"]) == [1.0, 2.0]
    engine.dispose()


def test_a_file_that_is_too_large_is_left_as_it_is_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.jobs.store.vacuum.MOST_BYTES_AT_START", 1)
    file = tmp_path / "older.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE before (n)")
    connection.close()
    engine = open_engine(f"sqlite:///{file}")
    prepare_for_giving_back(engine, file)
    assert "PRAGMA auto_vacuum = 2; VACUUM;" in caplog.text
    engine.dispose()
