"""A scheduler and workers as processes of their own, by our commands, with certificates of their own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from app.cli.authority import AUTHORITY, CERTIFICATE, KEY, make_certificates
from tests.helpers.running_service import free_port, trains
from tests.helpers.waiting import PATIENCE, wait_until

WORKERS = 2


class HostedCluster:
    """A scheduler and workers, each of which may be killed and started again."""

    def __init__(self, folder: Path, database_url: str) -> None:
        make_certificates(folder, days=1)
        self.folder, self._port = folder, free_port()
        self.address = f"tls://127.0.0.1:{self._port}"
        self.files = {
            "tls_authority": str(folder / AUTHORITY),
            "tls_certificate": str(folder / CERTIFICATE),
            "tls_key": str(folder / KEY),
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith("FIT_")}
        self._environment = others | {
            "FIT_SCHEDULER": self.address,
            "FIT_DATABASE_URL": database_url,
            **{f"FIT_{name.upper()}": value for name, value in self.files.items()},
        }
        self.start_scheduler()
        self.start_workers()

    def _started(self, *command: str) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{command[0]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "app", *command],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def start_scheduler(self) -> None:
        """Start the scheduler, and return once it listens."""
        self.scheduler = self._started("scheduler", "--host", "127.0.0.1", "--port", str(self._port))
        wait_until(lambda: self._listens(), lambda: f"the scheduler\n{self.log}")

    def _listens(self) -> bool:
        assert self.scheduler.poll() is None, self.log
        return any(each.laddr.port == self._port for each in psutil.Process(self.scheduler.pid).net_connections())

    def kill_scheduler(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait()

    def start_workers(self) -> None:
        self.worker = self._started("worker", "--workers", str(WORKERS))

    def kill_workers(self) -> None:
        """Kill what starts worker processes; those end too then."""
        processes = self.worker_processes
        self.worker.kill()
        self.worker.wait()
        _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
        assert not alive, self.log

    @property
    def worker_processes(self) -> list[psutil.Process]:
        """Return the processes that train."""
        return [child for child in psutil.Process(self.worker.pid).children(recursive=True) if trains(child)]

    def close(self) -> None:
        for process in (self.worker, self.scheduler):
            process.send_signal(signal.SIGTERM)
        for process in (self.worker, self.scheduler):
            process.wait(PATIENCE)
