"""What may happen to a running service: each torment leaves it so that it can go on."""

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress

import psutil

from tests.helpers.disturbances import disturb, kill_one, let_one_hang
from tests.helpers.running_service import RunningService

LOCKED_SECONDS = 3.0
AWAY_SECONDS = 1.0
STOPPED_SECONDS = 2.0
REFUSED_SECONDS = 2.0


def kill_a_worker(service: RunningService, draw: random.Random) -> None:
    kill_one(service.worker_processes, draw)


def stop_a_worker_for_a_while(service: RunningService, draw: random.Random) -> None:
    let_one_hang(service.worker_processes, draw, STOPPED_SECONDS)


def kill_a_calculation(service: RunningService, draw: random.Random) -> None:
    kill_one(service.calculation_processes, draw)


def kill_the_service(service: RunningService, _draw: random.Random) -> None:
    service.kill()
    service.start()


def end_the_service(service: RunningService, _draw: random.Random) -> None:
    service.terminate()
    service.start()


def lock_the_database(service: RunningService, _draw: random.Random) -> None:
    with closing(sqlite3.connect(service.database, isolation_level=None, timeout=30)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(LOCKED_SECONDS)
        connection.execute("ROLLBACK")


def take_the_database_away_for_a_while(service: RunningService, _draw: random.Random) -> None:
    elsewhere = service.database.with_suffix(".elsewhere")
    service.database.rename(elsewhere)
    time.sleep(AWAY_SECONDS)
    elsewhere.rename(service.database)


def refuse_every_write_for_a_while(service: RunningService, _draw: random.Random) -> None:
    """Let the disk take no byte more, as far as service and workers see."""
    processes = [psutil.Process(service.process.pid), *service.worker_processes, *service.calculation_processes]
    _, most = processes[0].rlimit(psutil.RLIMIT_FSIZE)
    for process in processes:
        process.rlimit(psutil.RLIMIT_FSIZE, (0, most))
    time.sleep(REFUSED_SECONDS)
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.rlimit(psutil.RLIMIT_FSIZE, (most, most))


Torment = Callable[[RunningService, random.Random], None]
TORMENTS: list[Torment] = [
    *3 * [kill_a_worker],
    stop_a_worker_for_a_while,
    kill_a_calculation,
    kill_the_service,
    end_the_service,
    lock_the_database,
    take_the_database_away_for_a_while,
    refuse_every_write_for_a_while,
]
"""The torments of a round, in any order."""


def torment(service: RunningService, seconds: float, seed: int) -> Counter[str]:
    """Torment a service for so many seconds, and return how often it was by which torment."""
    return disturb(service, TORMENTS, seconds, seed, longest_pause=2.0)
