"""What may happen to a cluster: each fault leaves it so that it can go on."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.helpers.disturbances import disturb, kill_one, let_one_hang
from tests.helpers.far_host import FarHost, Way
from tests.helpers.hosted_cluster import HostedCluster
from tests.helpers.postgres_server import PostgresServer
from tests.helpers.running_service import RunningService
from tests.helpers.small_disk import SmallDisk

HANGING_SECONDS = 3.0
AWAY_SECONDS = 2.0
CUT_SECONDS = (2.0, 10.0, 45.0)
"""Connections live through the first, are given up within the last, and the second is between the two."""


@dataclass(frozen=True)
class WholeCluster:
    """All parts of a cluster; one place of its workers is on a host far away."""

    services: Sequence[RunningService]
    hosted: HostedCluster
    database: PostgresServer
    disk: SmallDisk
    far: FarHost

    @property
    def log(self) -> str:
        """Return what services, scheduler and workers have told."""
        return "".join(service.log for service in self.services) + self.hosted.log


def kill_a_worker(cluster: WholeCluster, draw: random.Random) -> None:
    kill_one(cluster.hosted.worker_processes, draw)


def let_a_worker_hang(cluster: WholeCluster, draw: random.Random) -> None:
    let_one_hang(cluster.hosted.worker_processes, draw, HANGING_SECONDS)


def kill_a_host_of_workers(cluster: WholeCluster, draw: random.Random) -> None:
    cluster.hosted.kill_and_start_workers(draw.randrange(2))


def kill_the_scheduler(cluster: WholeCluster, _draw: random.Random) -> None:
    cluster.hosted.kill_scheduler()
    time.sleep(AWAY_SECONDS)
    cluster.hosted.start_scheduler()


def kill_a_service(cluster: WholeCluster, draw: random.Random) -> None:
    service = draw.choice(cluster.services)
    service.process.kill()
    service.process.wait()
    service.start()


def end_a_service(cluster: WholeCluster, draw: random.Random) -> None:
    service = draw.choice(cluster.services)
    service.terminate()
    service.start()


def kill_the_database(cluster: WholeCluster, _draw: random.Random) -> None:
    cluster.database.stop(signal.SIGQUIT)
    time.sleep(AWAY_SECONDS)
    cluster.database.start()


def fill_the_disk_of_the_database(cluster: WholeCluster, _draw: random.Random) -> None:
    cluster.disk.fill()
    time.sleep(AWAY_SECONDS)
    cluster.disk.free()
    # It gives up where it finds no room for its log.
    if not cluster.database.is_running:
        cluster.database.start()


def cut_the_wire_of_workers(cluster: WholeCluster, draw: random.Random) -> None:
    cluster.far.cut(draw.choice([*Way]))
    time.sleep(draw.choice(CUT_SECONDS))
    cluster.far.mend()


Fault = Callable[[WholeCluster, random.Random], None]
FAULTS: list[Fault] = [
    *2 * [kill_a_worker],
    let_a_worker_hang,
    kill_a_host_of_workers,
    kill_the_scheduler,
    kill_a_service,
    end_a_service,
    kill_the_database,
    fill_the_disk_of_the_database,
    cut_the_wire_of_workers,
]
"""The faults of a round, in any order."""


def strike(cluster: WholeCluster, seconds: float, seed: int) -> Counter[str]:
    """Let faults happen to a cluster for so many seconds, and return how often each did."""
    return disturb(cluster, FAULTS, seconds, seed, longest_pause=3.0)
