"""Starts the real service as a process of its own, on a free port and a database of its own."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil

from app.schemas.problem_details import MEDIA_TYPE
from app.schemas.problem_kinds import PROBLEM_KINDS, PROBLEMS_PATH

ENDED = ("succeeded", "failed", "cancelled")


class RunningService:
    """A service process; may be killed and started again on the same database."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.port = _free_port()
        self.database = folder / "fits.db"
        self._environment = os.environ | {
            "FIT_DATABASE_URL": f"sqlite:///{self.database}",
            "FIT_PORT": str(self.port),
            "FIT_WORKERS": "2",
            "FIT_LOG_LEVEL": "warning",
            "FIT_COMPILE": "false",
            "FIT_LOOPS_FOLDER": str(folder / "loops"),
            **{f"FIT_{name.upper()}": str(value) for name, value in settings.items()},
        }
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            timeout=90,
            trust_env=False,
            event_hooks={"response": [_check_problem]},
        )
        self.start()

    def start(self) -> None:
        with (self.folder / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app"], env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        self.wait_until(self._is_ready, "ready")

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.log
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    @property
    def log(self) -> str:
        return (self.folder / "service.log").read_text()

    @property
    def worker_processes(self) -> list[psutil.Process]:
        """The processes that train: the children that Dask's nannies spawned."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if _trains(child)]

    def terminate(self) -> float:
        """SIGTERM; seconds until it was gone."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(60)
        return time.monotonic() - began

    def kill(self) -> None:
        """kill -9 of the whole service; its workers notice and end."""
        workers = self.worker_processes
        self.process.kill()
        self.process.wait()
        psutil.wait_procs(workers, timeout=30)

    def close(self) -> None:
        if self.process.poll() is None:
            self.terminate()
        self.client.close()

    def post(self, body: dict[str, Any] | None = None, wait: int | None = None) -> dict[str, Any]:
        """A fit as it was accepted, or with `wait` as it ended."""
        headers = {} if wait is None else {"Prefer": f"wait={wait}"}
        response = self.client.post("/fit", json=body or {}, headers=headers)
        assert response.status_code in (200, 202), response.text
        fit: dict[str, Any] = response.json()
        return fit

    def get(self, fit_id: str) -> dict[str, Any]:
        fit: dict[str, Any] = self.client.get(f"/fit/{fit_id}").json()
        return fit

    def ended(self, fit_id: str) -> dict[str, Any]:
        """The fit once it has ended."""
        self.wait_until(lambda: self.get(fit_id)["status"] in ENDED, f"end of {fit_id}")
        return self.get(fit_id)

    def is_begun(self, fit_id: str) -> bool:
        """Whether a worker works on the fit at the moment; only the table knows."""
        with closing(sqlite3.connect(self.database)) as connection:
            query = "SELECT attempt = begun_attempt AND status = 'running' FROM fits WHERE id = ?"
            return bool(connection.execute(query, (fit_id,)).fetchone()[0])

    def wait_for_step(self, fit_id: str, step: int) -> None:
        self.wait_until(lambda: self.get(fit_id)["progress"]["step"] >= step, f"step {step}")

    def losses(self, fit_id: str) -> list[tuple[int, float]]:
        """The whole loss history."""
        rows = self.client.get(f"/fit/{fit_id}/history", params={"whole": True}).json()["data"]
        return [(row["step"], row["loss"]) for row in rows]

    def wait_until(self, condition: Any, what: str, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"waited {seconds} s for: {what}\n{self.log}"
            time.sleep(0.05)


def _check_problem(response: httpx.Response) -> None:
    """Every problem document that any test gets is of a kind that has a page."""
    if response.headers.get("Content-Type") == MEDIA_TYPE:
        response.read()
        document = response.json()
        kind = PROBLEM_KINDS[document["type"].removeprefix(f"{PROBLEMS_PATH}/")]
        assert (document["type"], document["title"]) == (kind.type, kind.title)
        assert document["status"] == response.status_code == kind.status


def _trains(process: psutil.Process) -> bool:
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
