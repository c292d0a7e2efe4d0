"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a socket in it, or by a port too."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from app.jobs.store.database import open_engine
from app.jobs.store.migration import migrate
from app.jobs.store.tables import metadata
from tests.helpers.running_service import free_port
from tests.helpers.small_disk import SmallDisk
from tests.helpers.waiting import wait_until

_EMPTY = f"""
    SET lock_timeout TO '1s';
    TRUNCATE {", ".join(metadata.tables)} RESTART IDENTITY CASCADE
"""
_VERSIONS = Path("/usr/lib/postgresql")
_USER = "fit"
_OPTIONS = {
    "max_connections": "200",
    "shared_buffers": "32MB",
    "jit": "off",
}
_SMALL = {"min_wal_size": "32MB", "max_wal_size": "64MB"}
_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
"""Options of a server for which it does not matter what a power failure would lose."""


def binaries() -> Path | None:
    """Return the folder of the newest server that is installed; None where there is none."""
    found = {int(path.parent.parent.name): path.parent for path in _VERSIONS.glob("*/bin/postgres")}
    return found[max(found)] if found else None


class PostgresServer:
    """A server process with databases that have all tables and no fits."""

    def __init__(self, durable: bool = False, disk: SmallDisk | None = None, address: str = "") -> None:
        """Start a server, on a small disk if one is given, that can be reached at an address too.

        Skips the test where none is installed, or fails it if one must be.
        """
        self._address, self._port = address, free_port()
        self._options = {
            **_OPTIONS,
            **({} if durable else _FORGETFUL),
            **({} if disk is None else _SMALL),
            "listen_addresses": address,
            "port": str(self._port),
        }
        found = binaries()
        if found is None:
            give_up = pytest.fail if "FIT_TEST_REQUIRE_POSTGRES" in os.environ else pytest.skip
            give_up("PostgreSQL is not installed: apt-get install postgresql")
        self._binaries = found
        self._numbers = count()
        self._emptied: list[str] = []
        self._folder = Path(tempfile.mkdtemp(prefix="fit-postgres-", dir=None if disk is None else disk.folder))
        if os.geteuid() == 0:
            # It refuses to run as root.
            shutil.chown(self._folder, "postgres", "postgres")
        made = ["--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(self._command("initdb", f"--pgdata={self._data}", *made), check=True, capture_output=True)
        with (self._data / "pg_hba.conf").open("a") as allowed:
            allowed.write("host all all samenet trust\n")
        self.start()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _command(self, program: str, *arguments: str) -> list[str]:
        user = ["--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        # It ends with the process that tests.
        return ["setpriv", *user, "--pdeathsig=QUIT", str(self._binaries / program), *arguments]

    def start(self) -> None:
        """Start the server, and return once it answers."""
        options = [word for name, value in self._options.items() for word in ("-c", f"{name}={value}")]
        command = self._command("postgres", "-D", str(self._data), "-k", str(self._folder), *options)
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log)
        self.wait_until_it_answers()

    @property
    def is_running(self) -> bool:
        """Tell whether its process has not ended."""
        return self._process.poll() is None

    def wait_until_it_answers(self) -> None:
        wait_until(self._answers, lambda: f"PostgreSQL\n{self.log}")

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: at once, with all that is under way."""
        self._process.send_signal(how)
        self._process.wait()

    def close(self) -> None:
        """Stop the server, and delete its databases."""
        if self.is_running:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder)

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Carry out a statement outside of any transaction."""
        way = {"host": str(self._folder), "port": self._port, "user": _USER, "dbname": database}
        with psycopg.connect(**way, autocommit=True) as connection:
            connection.execute(statement.encode())

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{_USER}@/{database}?host={self._folder}&port={self._port}"

    def from_afar(self, url: str) -> str:
        """Return the URL by which a database is reached at the address of the server."""
        return f"postgresql+psycopg://{_USER}@{self._address}:{self._port}/{make_url(url).database}"

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """Yield the URL of a database without tables."""
        name = self._made("template0")
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Yield the URL of a database of the newest revision without fits."""
        name = self._emptied.pop() if self._emptied else self._made(self._template)
        try:
            yield self.url(name)
        finally:
            self._give_back(name)

    def _give_back(self, name: str) -> None:
        """Keep a database for the next test: to empty one takes less than to make one."""
        try:
            self.execute(_EMPTY, name)
        except psycopg.Error:
            # A transaction of the test goes on, or it has changed the tables.
            self._drop(name)
        else:
            self._emptied.append(name)

    def _made(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @cached_property
    def _template(self) -> str:
        """Return the name of a database of the newest revision, made once."""
        name = self._made("template0")
        engine = open_engine(self.url(name))
        migrate(engine)
        engine.dispose()
        return name
