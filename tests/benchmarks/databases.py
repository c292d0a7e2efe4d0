"""PostgreSQL beside SQLite: fits a second of 64 clients, and what a queue of 50,000 fits costs.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.databases`; PostgreSQL has to be
installed, and is started by the benchmark itself.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, insert, select

from app.jobs.store import queue
from app.jobs.store.database import open_engine, writing
from app.jobs.store.fits import Store
from app.jobs.store.migration import migrate
from app.jobs.store.tables import fits
from app.jobs.store.turns import Turns
from tests.benchmarks.clients import CLIENTS, fits_per_second
from tests.benchmarks.services import running, warm
from tests.benchmarks.table import SERVICE, at_least, at_most, begin, takes, told
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.stored_fits import submission

QUEUED, REPETITIONS, UNCOUNTED_SECONDS, TURNS = 50_000, 40, 3, 2
OWNER = "benchmark"


def rate_on(**settings: object) -> float:
    """Return how many of the tutorial's fits a second a service does whose settings name a database."""
    with running(**settings) as service:
        warm(service, {})
        return fits_per_second(service, [b"{}"] * CLIENTS, UNCOUNTED_SECONDS)


def rate_rows(server: PostgresServer) -> None:
    """By turns, each on a database of its own."""
    sqlite, postgresql = 0.0, 0.0
    for _ in range(TURNS):
        sqlite = max(sqlite, rate_on())
        with server.database() as url:
            postgresql = max(postgresql, rate_on(database_url=url))
    what = f"{CLIENTS} clients, tutorial fits, PostgreSQL / SQLite"
    ratio = postgresql / sqlite
    rates = f"{postgresql:.0f} fits/s", f"{sqlite:.0f} fits/s"
    told(what, SERVICE, *rates, f"{ratio:.2f} x", at_least(0.8).told(ratio))


@contextmanager
def sqlite_database() -> Iterator[str]:
    """Yield the URL of an SQLite file with all tables."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'fits.db'}"
        engine = open_engine(url)
        migrate(engine)
        engine.dispose()
        yield url


def fill(engine: Engine, count: int) -> None:
    """Queue copies of a fit that is queued."""
    with writing(engine) as connection:
        row = dict(connection.execute(select(fits)).mappings().first() or {})
        del row["number"]
        connection.execute(insert(fits), [{**row, "id": f"fit_{number:032x}"} for number in range(count)])


def seconds_of_each(url: str, queued: int) -> dict[str, float]:
    """Return the median seconds of a claim, a page of the list and a cancel, with so many fits in the queue."""
    engine = open_engine(url)
    store, turns = Store(engine), Turns()
    store.create(submission())
    if queued:
        fill(engine, queued)
    ways: dict[str, Callable[[], object]] = {
        "claim": lambda: queue.claim(engine, OWNER, 1, turns),
        "list": lambda: store.page(after=None, limit=50, statuses=(), metadata={}),
        "cancel": lambda: store.cancel(ended.pop()),
    }
    ended: list[str] = []
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(REPETITIONS):
        ended.append(store.create(submission()).id)
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            took[name].append(time.perf_counter() - began)
        queue.release(engine, OWNER)
    engine.dispose()
    return {name: sorted(each)[REPETITIONS // 2] for name, each in took.items()}


def queue_rows(name: str, database: Callable[[], AbstractContextManager[str]]) -> None:
    """Each way with a full queue, and with an empty one."""
    with database() as full, database() as empty:
        with_many, with_none = seconds_of_each(full, QUEUED), seconds_of_each(empty, 0)
    for way, seconds in with_many.items():
        what = f"{way} with {QUEUED:,} queued fits / with none, {name}"
        takes(what, "store in process", seconds, with_none[way], at_most(2))


if __name__ == "__main__":
    begin("sqlalchemy", "psycopg")
    with closing(PostgresServer(durable=True)) as server:
        rate_rows(server)
        queue_rows("SQLite", sqlite_database)
        queue_rows("PostgreSQL", server.database)
