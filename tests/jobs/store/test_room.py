"""The room on the disk: none for new fits beyond the mark."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.jobs.errors import StorageFullError
from app.jobs.store.fits import Store
from app.jobs.store.room import Room, RoomBounds, stored_bytes
from tests.helpers.stored_fits import submission


def test_with_room_a_fit_is_stored(engine: Engine, tmp_path: Path) -> None:
    room = Room(tmp_path / "fits.db", RoomBounds(reserve_bytes=1, most_bytes=2**30))
    assert Store(engine, room=room).create(submission()).id


def test_the_reserve_of_the_disk_is_kept_free(engine: Engine, tmp_path: Path) -> None:
    more_than_there_is = shutil.disk_usage(tmp_path).total + 1
    store = Store(engine, room=Room(tmp_path / "fits.db", RoomBounds(more_than_there_is)))
    with pytest.raises(StorageFullError, match=r"FIT_DISK_RESERVE_BYTES.*delete fits"):
        store.create(submission())


def test_the_database_has_no_more_bytes_than_it_may_have(engine: Engine, tmp_path: Path) -> None:
    store = Store(engine, room=Room(tmp_path / "fits.db", RoomBounds(0, most_bytes=1)))
    with pytest.raises(StorageFullError, match="FIT_MAX_STORED_BYTES"):
        store.create(submission())


def test_the_log_counts_too(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "fits.db"
    before = stored_bytes(file)
    Store(engine).create(submission(arrays={"x.x": [1.0] * 10_000}))
    assert stored_bytes(file) > before
