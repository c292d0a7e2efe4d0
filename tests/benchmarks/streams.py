"""Streams of events: how soon a report comes to a client, what idle streams cost, and what many cost the fits.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.streams`.
"""

import socket
import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import islice
from threading import Thread

import psutil

from tests.benchmarks.clients import CLIENTS, UNCOUNTED_SECONDS, fits_per_second
from tests.benchmarks.services import running, warm
from tests.benchmarks.table import SERVICE, at_least, at_most, begin, told, written
from tests.helpers.event_streams import following
from tests.helpers.running_service import ENDLESS, RunningService

REPORTS, IDLE_STREAMS, IDLE_SECONDS, BUSY_STREAMS, TURNS = 100, 500, 20, 100, 2
KIB = 2**10


def endless(service: RunningService) -> str:
    """Return the id of a fit that one of the workers trains until it is cancelled."""
    fit_id: str = service.post(ENDLESS)["id"]
    service.wait_for_step(fit_id, 1)
    return fit_id


def delays(service: RunningService) -> Iterator[float]:
    """Yield the seconds between reports of a worker, before they were on disk, and the events that told them."""
    fit_id = endless(service)
    with (
        closing(sqlite3.connect(service.database)) as connection,
        following(service.client, f"/fit/{fit_id}/events") as events,
    ):
        for event in events:
            now = time.time()
            step, reported = connection.execute(
                "SELECT step, heartbeat_at FROM fits WHERE id = ?", (fit_id,)
            ).fetchone()
            # Otherwise the next report has come already.
            if step == event.data["progress"]["step"]:
                yield now - reported
    service.cancelled(fit_id)


@contextmanager
def open_streams(service: RunningService, paths: list[str]) -> Iterator[None]:
    """Keep streams open, and read what they say."""
    with ExitStack() as connections:
        for path in paths:
            connection = connections.enter_context(socket.create_connection(("127.0.0.1", service.port)))
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert b" 200 OK" in connection.recv(2**16)
            Thread(target=_read, args=(connection,), daemon=True).start()
        yield


def _read(connection: socket.socket) -> None:
    try:
        while connection.recv(2**16):
            pass
    except OSError:
        # It was closed here.
        return


def idle_cost(service: RunningService) -> tuple[float, float]:
    """Return the share of a core that streams of fits that wait take, and the KiB of memory of each."""
    process = psutil.Process(service.process.pid)
    trained = [endless(service) for _ in range(2)]
    waiting = [service.post(ENDLESS)["id"] for _ in range(IDLE_STREAMS)]
    time.sleep(2)
    without, memory = _share(process), process.memory_info().rss
    with open_streams(service, [f"/fit/{fit_id}/events" for fit_id in waiting]):
        time.sleep(2)
        share, each = _share(process) - without, (process.memory_info().rss - memory) / IDLE_STREAMS / KIB
    for fit_id in (*waiting, *trained):
        service.client.post(f"/fit/{fit_id}/cancel")
    return share, each


def _share(process: psutil.Process) -> float:
    before = sum(process.cpu_times()[:2])
    time.sleep(IDLE_SECONDS)
    return (sum(process.cpu_times()[:2]) - before) / IDLE_SECONDS


def rates(service: RunningService) -> tuple[float, float]:
    """Return the fits a second of clients while one worker trains a long fit: followed by many, and by nobody.

    By turns, as a machine is not always equally fast.
    """
    fit_id, bodies = endless(service), [b"{}"] * CLIENTS
    followed, alone = list[float](), list[float]()
    for _ in range(TURNS):
        alone.append(fits_per_second(service, bodies, UNCOUNTED_SECONDS))
        with open_streams(service, [f"/fit/{fit_id}/events"] * BUSY_STREAMS):
            followed.append(fits_per_second(service, bodies, UNCOUNTED_SECONDS))
    service.cancelled(fit_id)
    return statistics.mean(followed), statistics.mean(alone)


def rows() -> None:
    with running() as service:
        warm(service, {})
        some = list(islice(delays(service), REPORTS))
        told("report of a worker -> event at a client, p50", SERVICE, written(statistics.median(some)))
    with running() as service:
        share, each = idle_cost(service)
        what = f"{IDLE_STREAMS} streams of fits that wait"
        told(what, SERVICE, f"{share:.1%} of a core, {each:.0f} KiB each", aim=at_most(0.05, "of a core").told(share))
    with running() as service:
        warm(service, {})
        followed, alone = rates(service)
    what = f"{CLIENTS} clients, tutorial fits, beside {BUSY_STREAMS} streams of a fit that is trained / without streams"
    ratio, fits = followed / alone, (f"{followed:.0f} fits/s", f"{alone:.0f} fits/s")
    told(what, SERVICE, *fits, f"{ratio:.2f} x", at_least(0.9).told(ratio))


if __name__ == "__main__":
    begin("torch", "fastapi", "distributed")
    rows()
