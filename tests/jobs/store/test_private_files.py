"""Only the owner may read the database, what SQLite keeps beside it, and the folder that is made for it."""

import stat
from pathlib import Path

import pytest

from app.jobs.store.database import open_engine, sole_service
from app.jobs.store.migration import migrate
from app.jobs.store.private_files import create_private, sqlite_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_all_files_of_a_new_database_are_private(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/fits.db"
    engine = open_engine(url)
    with sole_service(url):
        migrate(engine)
        files = {path.name: mode(path) for path in (tmp_path / "new").iterdir()}
    engine.dispose()
    assert files == dict.fromkeys(("fits.db", "fits.db-wal", "fits.db-shm", "fits.db.lock"), 0o600)
    assert mode(tmp_path / "new") == 0o700


def test_what_is_there_already_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "fits.db"
    file.touch(mode=0o640)
    create_private(file)
    assert mode(file) == 0o640


def test_beside_the_log_of_a_file_that_was_taken_away_no_new_one_is_made(tmp_path: Path) -> None:
    (tmp_path / "fits.db-wal").touch()
    with pytest.raises(FileNotFoundError, match=r"fits.db is not there, but fits.db-wal is: put the file back"):
        create_private(tmp_path / "fits.db")


def test_other_databases_have_no_file() -> None:
    assert sqlite_file("postgresql://somewhere/fits") is None
