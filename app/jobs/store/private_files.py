"""The files of a database, which only their owner may read."""

from pathlib import Path

from sqlalchemy import make_url


def sqlite_file(url: str) -> Path | None:
    """Return the SQLite file that a database URL names; None for other databases."""
    parsed = make_url(url)
    path = parsed.database
    return None if parsed.get_backend_name() != "sqlite" or not path or path == ":memory:" else Path(path)


def create_private(file: Path) -> None:
    """Create a file and its folder, where they are not there, for their owner only; SQLite's log files follow it.

    Raises FileNotFoundError where a file was taken away and its log was not: SQLite would delete the log.
    """
    log = log_of(file)
    if log.exists() and not file.exists():
        raise FileNotFoundError(f"{file} is not there, but {log.name} is: put the file back, or take its log away too")
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600, exist_ok=True)


def log_of(file: Path) -> Path:
    """Return the file in which SQLite keeps what it has not brought to the database's own file yet."""
    return file.with_name(f"{file.name}-wal")
