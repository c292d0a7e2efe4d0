"""A scheduler and workers as processes of their own, by our commands, with certificates of their own."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.cli.authority import AUTHORITY, CERTIFICATE, KEY, make_certificates
from tests.helpers.running_service import free_port, trains
from tests.helpers.waiting import PATIENCE, wait_until

WORKERS = 2


@dataclass(frozen=True)
class Place:
    """Where workers run."""

    database_url: str
    workers: int = WORKERS
    words: Sequence[str] = ()
    """Words before their command."""


class HostedCluster:
    """A scheduler and workers, each of which may be killed and started again."""

    def __init__(self, folder: Path, places: Sequence[Place], host: str = "127.0.0.1") -> None:
        """Start the scheduler at an address of this host, and workers at their places."""
        make_certificates(folder, days=1)
        self.folder, self._places, self._host, self._port = folder, places, host, free_port()
        self.address = f"tls://{host}:{self._port}"
        self.files = {
            "tls_authority": str(folder / AUTHORITY),
            "tls_certificate": str(folder / CERTIFICATE),
            "tls_key": str(folder / KEY),
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith("FIT_")}
        self._environment = others | {
            "FIT_SCHEDULER": self.address,
            **{f"FIT_{name.upper()}": value for name, value in self.files.items()},
        }
        self.start_scheduler()
        self._hosts = [self._started_workers(place) for place in places]

    def _started_workers(self, place: Place) -> "subprocess.Popen[bytes]":
        command = ("worker", "--workers", str(place.workers))
        return self._started(*command, after=place.words, FIT_DATABASE_URL=place.database_url)

    def _started(self, *command: str, after: Sequence[str] = (), **variables: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{command[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [*after, sys.executable, "-m", "app", *command],
                env=self._environment | variables,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def start_scheduler(self) -> None:
        """Start the scheduler, and return once it listens."""
        self.scheduler = self._started("scheduler", "--host", self._host, "--port", str(self._port))
        wait_until(lambda: self._listens(), lambda: f"the scheduler\n{self.log}")

    def _listens(self) -> bool:
        assert self.scheduler.poll() is None, self.log
        return any(each.laddr.port == self._port for each in psutil.Process(self.scheduler.pid).net_connections())

    def kill_scheduler(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait()

    def kill_and_start_workers(self, number: int = 0) -> None:
        """Kill what starts worker processes at a place, whereupon those end too; start it again."""
        processes = self._workers_of(self._hosts[number])
        self._hosts[number].kill()
        self._hosts[number].wait()
        _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
        assert not alive, self.log
        self._hosts[number] = self._started_workers(self._places[number])

    @property
    def worker_processes(self) -> list[psutil.Process]:
        """Return the processes that train."""
        return [process for host in self._hosts for process in self._workers_of(host)]

    def _workers_of(self, host: "subprocess.Popen[bytes]") -> list[psutil.Process]:
        return [child for child in psutil.Process(host.pid).children(recursive=True) if trains(child)]

    def close(self) -> None:
        for process in (*self._hosts, self.scheduler):
            process.send_signal(signal.SIGTERM)
        for process in (*self._hosts, self.scheduler):
            process.wait(PATIENCE)
