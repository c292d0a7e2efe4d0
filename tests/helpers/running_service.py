"""The real service as a process of its own, on a free port and a database of its own."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import psutil

from app.schemas.problem_details import MEDIA_TYPE
from app.schemas.problem_kinds import PROBLEM_KINDS, PROBLEMS_PATH
from tests.helpers.waiting import PATIENCE, wait_until

ENDED = ("succeeded", "failed", "cancelled")

ENDLESS: dict[str, Any] = {
    "target": {"points": 100_000},
    "hyperparameters": {"steps": 10_000_000, "learning_rate": 1e-9, "compression": False},
}
"""A fit that takes 10^12 evaluations of its model, so that whoever looks finds it unfinished: cancel it."""


class RunningService:
    """A service process, which may be killed and started again on the same database; that of a checkout, if given."""

    def __init__(self, folder: Path, checkout: Path | None = None, **settings: object) -> None:
        self.folder, self._checkout = folder, checkout
        self.port = free_port()
        self.database = folder / "fits.db"
        self._temporary = folder / "temporary"
        self._temporary.mkdir(exist_ok=True)
        # Variables of the tests themselves are no settings of the service, which would say so.
        others = {name: value for name, value in os.environ.items() if not name.startswith("FIT_")}
        self._environment = others | {
            "FIT_DATABASE_URL": f"sqlite:///{self.database}",
            "FIT_PORT": str(self.port),
            "FIT_WORKERS": "2",
            "FIT_LOG_LEVEL": "warning",
            "TMPDIR": str(self._temporary),
            **{f"FIT_{name.upper()}": str(value) for name, value in settings.items()},
            **({} if checkout is None else {"PYTHONPATH": str(checkout)}),
        }
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            timeout=PATIENCE,
            trust_env=False,
            event_hooks={"response": [_check_problem]},
        )
        self.start()

    def start(self) -> None:
        with (self.folder / "service.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app"],
                cwd=self._checkout,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
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
    def spooled(self) -> list[Path]:
        """Return the files of requests in flight."""
        return list(self._temporary.glob("fit-service-*/*"))

    @property
    def worker_processes(self) -> list[psutil.Process]:
        """Return the processes that train: the children that Dask's nannies spawned."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if trains(child)]

    @property
    def calculation_processes(self) -> list[psutil.Process]:
        """Return the processes that read large bodies and write large answers."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if calculates(child)]

    def terminate(self) -> None:
        """Send SIGTERM and wait until the service is gone."""
        self.process.terminate()
        self.process.wait(PATIENCE)

    def kill(self) -> None:
        """Send SIGKILL to the service and wait until its workers have noticed and ended too."""
        workers = self.worker_processes
        self.process.kill()
        self.process.wait()
        _, alive = psutil.wait_procs(workers, timeout=PATIENCE)
        assert not alive, self.log

    def close(self) -> None:
        if self.process.poll() is None:
            self.terminate()
        self.client.close()

    def post(self, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return a fit as it was accepted; it has hardly ever ended."""
        response = self.client.post("/fit", json=body or {})
        assert response.status_code == 202, response.text
        fit: dict[str, Any] = response.json()
        return fit

    def fitted(self, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Post a fit and return it as it ended."""
        response = self.client.post("/fit", json=body or {}, headers={"Prefer": "wait=60"})
        assert response.status_code in (200, 202), response.text
        fit: dict[str, Any] = response.json()
        return fit if fit["status"] in ENDED else self.ended(fit["id"])

    def get(self, fit_id: str) -> dict[str, Any]:
        fit: dict[str, Any] = self.client.get(f"/fit/{fit_id}").json()
        return fit

    def ended(self, fit_id: str) -> dict[str, Any]:
        """Wait for the end of a fit and return it."""
        self.wait_until(lambda: self.get(fit_id)["status"] in ENDED, f"end of {fit_id}")
        return self.get(fit_id)

    def is_begun(self, fit_id: str) -> bool:
        """Tell whether a worker works on the fit at the moment; only the table knows."""
        with closing(sqlite3.connect(self.database)) as connection:
            query = "SELECT attempt = begun_attempt AND status = 'running' FROM fits WHERE id = ?"
            return bool(connection.execute(query, (fit_id,)).fetchone()[0])

    def wait_for_step(self, fit_id: str, step: int) -> None:
        self.wait_until(lambda: self.get(fit_id)["progress"]["step"] >= step, f"step {step}")

    def losses(self, fit_id: str) -> list[tuple[int, float]]:
        """Return the whole loss history: steps, and the losses after so many updates."""
        rows = self.client.get(f"/fit/{fit_id}/history", params={"whole": True}).json()["data"]
        return [(row["step"], row["loss"]) for row in rows]

    def cancelled(self, fit_id: str) -> dict[str, Any]:
        """Cancel a fit that is queued or running and return it as it ended."""
        response = self.client.post(f"/fit/{fit_id}/cancel")
        assert response.status_code == 200, response.text
        return self.ended(fit_id)

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for a state; fail with what was waited for and the log."""
        wait_until(condition, lambda: f"{what}\n{self.log}")


def _check_problem(response: httpx.Response) -> None:
    """Check that a problem document, as every test may get one, is of a kind that has a page."""
    if response.headers.get("Content-Type") == MEDIA_TYPE:
        response.read()
        document = response.json()
        kind = PROBLEM_KINDS[document["type"].removeprefix(f"{PROBLEMS_PATH}/")]
        assert (document["type"], document["title"]) == (kind.type, kind.title)
        assert document["status"] == response.status_code == kind.status


def calculates(process: psutil.Process) -> bool:
    """Tell whether a process is one of the calculations."""
    try:
        return "anyio.to_process" in process.cmdline()
    except psutil.Error:
        return False


def trains(process: psutil.Process) -> bool:
    """Tell whether a process is a worker's."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def free_port() -> int:
    """Return a port of this machine on which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
