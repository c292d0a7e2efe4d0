"""The way round the mathematics: latency of a tiny fit, the first fit of a service, memory.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.service [--peer CHECKOUT]`.
"""

import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from app.jobs.store.work import Work
from app.jobs.submission.resolve import resolve
from app.jobs.worker.one_curve import train_one
from app.schemas.request import FitRequest
from app.settings import Settings
from tests.benchmarks.services import WORKERS, both, processes, running, warm
from tests.benchmarks.table import SERVICE, at_most, begin, takes, told, written
from tests.helpers.running_service import RunningService

TINY = {"target": {"x": [1, 2, 3, 4, 5], "y": [1.1, 1.9, 3.2, 3.8, 5.1]}, "model": "a + b * x"}
RIGHT = {"a": 0.05, "b": 0.99}
TINY_FITS, STARTS = 300, 3
MIB = 2**20
ALONE = (
    "from tests.benchmarks.service import tiny_fit; from tests.benchmarks.table import fastest; "
    "print(*fastest(50, tiny_fit))"
)


def tiny_fit() -> None:
    """As a worker does it, without a database."""
    submission = resolve(FitRequest.model_validate(TINY), Settings(), ["cpu"])
    work = Work(1, submission.fit.to_json(), submission.arrays, None, None, 0.0)
    for _ in train_one(work, 1):
        pass


def alone(checkout: Path) -> float:
    """Return the seconds of the same fit in a process of a checkout, by its own benchmark."""
    command = [sys.executable, "-W", "ignore", "-c", ALONE]
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    answer = subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True, text=True)
    return float(answer.stdout)


def seconds_of(service: RunningService) -> float:
    began = time.perf_counter()
    fit = service.fitted(TINY)
    took = time.perf_counter() - began
    found = fit["result"]["coefficients"]
    assert all(math.isclose(found[name], right, rel_tol=1e-9) for name, right in RIGHT.items()), found
    return took


def added(services: Sequence[RunningService], checkouts: Sequence[Path]) -> list[tuple[float, float, float]]:
    """Return of each service the seconds of a fit in process, and those that HTTP adds at p50 and p99."""
    for service in services:
        warm(service, TINY)
    turns = [[seconds_of(service) for service in services] for _ in range(TINY_FITS)]
    results = []
    for took, checkout in zip(zip(*turns, strict=True), checkouts, strict=True):
        cut, fit = statistics.quantiles(took, n=100), alone(checkout)
        results.append((fit, cut[49] - fit, cut[98] - fit))
    return results


def latency_rows(peer: Path | None) -> None:
    """By turns on both services, where there are two."""
    with both(peer) as services:
        (fit, *ours), *others = added(services, [Path.cwd(), *([] if peer is None else [peer])])
    for index, name in enumerate(("p50", "p99")):
        what = f"tiny fit over HTTP, idle, added at {name} to the {written(fit)} in process"
        if not others:
            told(what, SERVICE, written(ours[index]))
        for _, *theirs in others:
            takes(f"{what} / an older checkout", SERVICE, ours[index], theirs[index], at_most(0.7, "x what it adds"))


def tutorial_seconds(service: RunningService) -> float:
    began = time.perf_counter()
    assert service.fitted()["status"] == "succeeded"
    return time.perf_counter() - began


def first_fit_row() -> None:
    """Take the best of several starts, which each have only one first fit."""
    first, later = [], []
    for _ in range(STARTS):
        with running() as service:
            first.append(tutorial_seconds(service))
            warm(service, {})
            later.append(statistics.median(tutorial_seconds(service) for _ in range(30)))
    takes("first `POST /fit` with `{}` after `/readyz` / the same warm", SERVICE, min(first), min(later), at_most(2))


def memory_row() -> None:
    """Sum what is resident of the service and its workers, idle; pages that they share are counted for each."""
    with running() as service:
        warm(service, {})
        warm(service, TINY)
        total = sum(process.memory_info().rss for process in processes(service)) / MIB
    what = f"memory of the service with {WORKERS} warm workers, idle"
    told(what, SERVICE, f"{total:,.0f} MiB", aim=at_most(900, "MiB").told(total))


def rows(peer: Path | None) -> None:
    latency_rows(peer)
    first_fit_row()
    memory_row()


if __name__ == "__main__":
    rows(begin("torch", "fastapi", "distributed").peer)
