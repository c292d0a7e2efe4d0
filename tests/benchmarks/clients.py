"""Fits a second of 64 clients at once: all with the tutorial's fit, then each with a formula of its own.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.clients`.
"""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import Any

import torch

from app.fitting.formulas.formula import parse
from app.fitting.training import StepByStep, start, train
from tests.benchmarks.services import running, warm
from tests.benchmarks.table import SERVICE, at_least, begin, fastest, told
from tests.benchmarks.tutorials_job import DESCENT, tutorial
from tests.benchmarks.tutorials_loop import STEPS
from tests.helpers.running_service import RunningService

CLIENTS, SECONDS, UNCOUNTED_SECONDS = 64, 20, 5
CURVES = (
    "a*exp(-b*x)",
    "a*exp(-b*x^2)",
    "a/(1 + b*x)",
    "a/(1 + b*x^2)",
    "a*tanh(b*x)",
    "a*atan(b*x)",
    "a*log(1 + b*x)",
    "a*sin(b*x)",
)
ENDS = ("c", "c*x", "c*x^2", "c*sqrt(x)", "c*cos(3*x)", "c*sin(4*x)", "c*exp(-3*x)", "c/(1 + x^2)")
TRUTH, START = {"a": 2.0, "b": 0.8, "c": 0.3}, {"a": 1.5, "b": 1.0, "c": 0.1}
POINTS, NOISE = 50, 0.01


def formulas() -> list[str]:
    """Return formulas of as many different trees as there are clients."""
    return [f"{curve} + {end}" for curve in CURVES for end in ENDS]


def body_of(formula: str) -> dict[str, Any]:
    """Return a fit of one formula, with everything left to the service but the start values."""
    x = torch.linspace(0.1, 5, POINTS, dtype=torch.float64)
    noise = NOISE * torch.randn(POINTS, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    truth = {name: torch.tensor(value, dtype=torch.float64) for name, value in TRUTH.items()}
    y = parse(formula)({"x": x, **truth}) + noise
    return {"target": {"x": x.tolist(), "y": y.tolist()}, "model": formula, "parameters": START}


def assert_right(service: RunningService, body: dict[str, Any]) -> None:
    """Check that a fit ends at least as near to the data as the truth is."""
    fit = service.fitted(body)
    assert fit["reason"] == "converged", (body["model"], fit["reason"])
    assert fit["result"]["final_loss"] < 2 * POINTS * NOISE**2, (body["model"], fit["result"])


def fits_per_second(service: RunningService, bodies: list[bytes], uncounted_seconds: float) -> float:
    """Return the rate of clients that each post a fit of their own again and again."""
    begun = threading.Barrier(len(bodies))

    def client(body: bytes) -> int:
        # The standard library's, which takes little of the machine that it measures.
        connection, done = HTTPConnection("127.0.0.1", service.port, timeout=90), 0
        begun.wait()
        counted_from = time.monotonic() + uncounted_seconds
        while time.monotonic() < counted_from + SECONDS:
            headers = {"Content-Type": "application/json", "Prefer": "wait=60, return=minimal"}
            connection.request("POST", "/fit", body, headers)
            answer = json.loads(connection.getresponse().read())
            assert answer["status"] == "succeeded", answer
            done += time.monotonic() >= counted_from
        return done

    with ThreadPoolExecutor(len(bodies)) as pool:
        return sum(pool.map(client, bodies)) / SECONDS


def step_by_step() -> Callable[[], object]:
    """Return one tutorial fit without a program and without compression."""
    problem = tutorial()

    def fit() -> None:
        runner = StepByStep(problem, DESCENT)
        first = start(problem, DESCENT, problem.start, runner)
        *_, last = train(problem, DESCENT, first, STEPS, 3600, runner=runner)
        assert last.checkpoint.step == STEPS

    return fit


def rows() -> None:
    """Both on one service, which knows no formula but the tutorial's."""
    torch.set_num_threads(1)
    (alone,) = fastest(2, step_by_step(), clock=time.perf_counter)
    with running() as service:
        warm(service, {})
        same = fits_per_second(service, [b"{}"] * CLIENTS, UNCOUNTED_SECONDS)
        bodies = [body_of(formula) for formula in formulas()]
        assert len(bodies) == CLIENTS
        different = fits_per_second(service, [json.dumps(body).encode() for body in bodies], UNCOUNTED_SECONDS)
        for body in bodies:
            assert_right(service, body)
    what = f"{CLIENTS} clients, tutorial fits / one process step by step"
    rates = f"{same:.0f} fits/s", f"{1 / alone:.2f} fits/s"
    told(what, SERVICE, *rates, f"{same * alone:.0f} x", at_least(60).told(same * alone))
    what = f"{CLIENTS} clients, each its own formula, {POINTS} points, after {UNCOUNTED_SECONDS} s / tutorial fits"
    rates = f"{different:.0f} fits/s", f"{same:.0f} fits/s"
    told(what, SERVICE, *rates, f"{different / same:.2f} x", at_least(0.8).told(different / same))


if __name__ == "__main__":
    begin("torch", "fastapi", "distributed")
    rows()
