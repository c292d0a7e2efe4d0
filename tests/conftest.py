"""Real parts for the tests: a running service, a database."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import torch
from hypothesis import settings
from sqlalchemy import Engine

from app.jobs.store.database import open_engine
from app.jobs.store.migration import migrate
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.running_service import RunningService
from tests.helpers.waiting import PATIENCE

# As in the workers: beside other processes, more threads only wait for each other.
torch.set_num_threads(1)

# How long an example takes depends on the machine.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_sessionstart() -> None:
    """Load all tests without looks for garbage, of which there is none."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the garbage collector look at what tests make, and not at all tests again and again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """One service for all tests that leave it as it was."""
    limits = {"max_body_bytes": 2_000_000, "max_points": 100_000, "max_wait_seconds": PATIENCE}
    running = RunningService(tmp_path_factory.mktemp("service"), **limits)
    yield running
    running.close()
    assert "Warning" not in running.log, running.log


@pytest.fixture
def client(service: RunningService) -> httpx.Client:
    return service.client


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[Callable[..., RunningService]]:
    """Start a service that the test may kill; at most one a test."""
    started: list[RunningService] = []

    def start(**settings: object) -> RunningService:
        started.append(RunningService(tmp_path, **settings))
        return started[-1]

    yield start
    for running in started:
        running.close()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """Return an empty database of the newest revision, in a file."""
    opened = open_engine(f"sqlite:///{tmp_path}/fits.db")
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for all tests of a process."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def postgres_engine(postgres: PostgresServer) -> Iterator[Engine]:
    """Return an empty database of the newest revision, of PostgreSQL."""
    with postgres.database() as url:
        opened = open_engine(url)
        yield opened
        opened.dispose()


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """Return an empty database of the newest revision; the tests of the store have one of each kind."""
    return sqlite_engine
