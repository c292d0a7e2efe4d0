"""The memory that a fit takes in a worker, measured in a process of its own."""

import math
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.jobs.store import queue
from app.jobs.store.database import open_engine
from app.jobs.store.fits import Store
from app.jobs.store.turns import Turns
from app.jobs.worker.process import WorkerSettings, run_fits
from tests.helpers.trained_fits import submitted


def decay(points: int) -> dict[str, list[float]]:
    """Return points of an exponential decay."""
    x = [10 * index / points for index in range(points)]
    return {"x": x, "y": [3 * math.exp(-value / 2) + 0.5 + 0.01 * math.sin(50 * value) for value in x]}


def trained_in_a_process(engine: Engine, bodies: list[dict[str, Any]], most_bytes: int | None = None) -> int:
    """Train fits one after another in one new process, and return by how many bytes the last let it grow."""
    url = engine.url.render_as_string()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_train_all, WorkerSettings(url, 3600.0, most_bytes), bodies).result()


def _train_all(settings: WorkerSettings, bodies: list[dict[str, Any]]) -> int:
    engine = open_engine(settings.database_url)
    before = 0
    for body in bodies:
        Store(engine).create(submitted(body))
        # The peak begins anew with what the process has.
        Path("/proc/self/clear_refs").write_text("5")
        before = _status("VmRSS")
        ((attempt,),) = queue.claim(engine, "me", 1, Turns())
        run_fits(settings, [attempt])
    engine.dispose()
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
