"""The room on the disk: none for new fits beyond the mark."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.jobs.errors import StorageFullError
from app.jobs.store import room as room_module
from app.jobs.store.database import open_engine, reading
from app.jobs.store.fits import Store
from app.jobs.store.migration import migrate
from app.jobs.store.room import Room, RoomBounds, content_bytes, stored_bytes
from app.jobs.submission.resolve import Submission
from tests.helpers.stored_fits import submission
from tests.helpers.trained_fits import submitted

SOME = 2**20
EVERYTHING = 2**62


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """Return an SQLite file: of other databases the disk is not seen."""
    return sqlite_engine


def bounded(engine: Engine, reserve: int = 0, most: int | None = None) -> Store:
    return Store(engine, room=Room(engine, RoomBounds(reserve, most)))


def large(points: int) -> Submission:
    """Return a fit whose data are kept in blocks."""
    return submitted({"model": "a * x", "target": {"x": list(range(points)), "y": [1.0] * points}})


def fits_in(store: Store) -> int:
    return len(store.page(after=None, limit=10, statuses=(), metadata={})[0])


def test_with_room_a_fit_is_stored(engine: Engine) -> None:
    assert bounded(engine, reserve=1, most=2**30).create(submission()).id


def test_the_reserve_of_the_disk_is_kept_free(engine: Engine, tmp_path: Path) -> None:
    store = bounded(engine, shutil.disk_usage(tmp_path).total + 1)
    with pytest.raises(StorageFullError, match=r"FIT_DISK_RESERVE_BYTES.*delete fits"):
        store.create(submission())
    assert fits_in(store) == 0


def test_the_database_has_no_more_bytes_than_it_may_have(engine: Engine) -> None:
    with pytest.raises(StorageFullError, match="FIT_MAX_STORED_BYTES"):
        bounded(engine, most=1).create(submission())


def test_a_fit_is_judged_by_its_own_size_before_anything_of_it_is_written(engine: Engine, tmp_path: Path) -> None:
    before = stored_bytes(tmp_path / "fits.db")
    with reading(engine) as connection:
        store = bounded(engine, most=content_bytes(connection) + SOME)
    with pytest.raises(StorageFullError):
        store.create(large(SOME // 8))
    assert stored_bytes(tmp_path / "fits.db") == before
    assert store.create(submission()).id


def test_fits_that_were_let_in_since_the_last_look_count(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_module, "_LOOK_SECONDS", 3600)
    with reading(engine) as connection:
        store = bounded(engine, most=content_bytes(connection) + 3 * SOME)
    store.create(large(SOME // 8))
    with pytest.raises(StorageFullError):
        store.create(large(SOME // 8))


@pytest.mark.parametrize("points", [2, 40_000])
def test_a_key_that_came_before_answers_with_its_fit_at_the_mark_too(engine: Engine, points: int) -> None:
    first = Store(engine).create(large(points), "key")
    full = bounded(engine, EVERYTHING)
    assert full.create(large(points), "key").id == first.id
    with pytest.raises(StorageFullError):
        full.create(large(points), "another")


def test_at_the_mark_fits_are_read_cancelled_and_deleted(engine: Engine) -> None:
    first = Store(engine).create(submission())
    full = bounded(engine, EVERYTHING)
    assert full.cancel(full.get(first.id).id).status == "cancelled"
    full.delete(first.id)
    assert fits_in(full) == 0


def test_what_is_deleted_makes_room_though_the_file_is_not_shorter_yet(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_module, "_LOOK_SECONDS", 0)
    with reading(engine) as connection:
        store = bounded(engine, most=content_bytes(connection) + 3 * SOME)
    first = store.create(large(SOME // 8))
    with pytest.raises(StorageFullError):
        store.create(large(SOME // 8))
    store.cancel(first.id)
    store.delete(first.id)
    assert store.create(large(SOME // 8)).id


def test_the_log_says_once_that_there_is_no_room_and_that_there_is_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(room_module, "_LOOK_SECONDS", 0)
    room = Room(engine, RoomBounds(EVERYTHING))
    with reading(engine) as connection:
        for _ in range(3):
            with pytest.raises(StorageFullError):
                room.let_in(connection, 0)
        assert [record.message.partition(":")[0] for record in caplog.records] == ["no more fits are accepted"]
        monkeypatch.setattr(room, "_bounds", RoomBounds(0))
        room.let_in(connection, 0)
    assert [record.message.partition(":")[0] for record in caplog.records][1:] == ["fits are accepted"]


def test_a_folder_that_is_gone_is_told_by_the_database(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    engine = open_engine(f"sqlite:///{tmp_path}/folder/fits.db")
    migrate(engine)
    room = Room(engine, RoomBounds(1))
    with reading(engine) as connection:
        shutil.rmtree(tmp_path / "folder")
        room.let_in(connection, 0)
    engine.dispose()


def test_a_database_of_postgresql_has_no_more_bytes_than_it_may_have(postgres_engine: Engine) -> None:
    with reading(postgres_engine) as connection:
        store = bounded(postgres_engine, EVERYTHING, content_bytes(connection) + SOME)
    assert store.create(submission()).id
    with pytest.raises(StorageFullError, match="FIT_MAX_STORED_BYTES"):
        store.create(large(SOME // 8))


def test_the_log_of_the_database_counts_as_stored(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "fits.db"
    before = stored_bytes(file)
    Store(engine).create(submission(arrays={"x.x": [1.0] * 10_000}))
    assert stored_bytes(file) > before
