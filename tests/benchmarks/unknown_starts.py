"""Random tasks whose start values nobody knows: ours, lmfit's guesses, and scipy's differential evolution.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.unknown_starts [--tasks 300] [--seed 1]`.
A task is found where the loss at the end is that to which the true values lead, or less. Differential evolution is
given bounds, ten times the true values, which ours does without; it is run on every tenth task.
"""

import argparse
import math
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
import scipy.optimize
import torch
from sqlalchemy import Engine

from app.fitting.problems.problem import Problem
from app.fitting.starts.search import search_start
from app.jobs.store.database import open_engine
from app.jobs.store.migration import migrate
from tests.benchmarks.as_a_worker import become_a_worker
from tests.benchmarks.models import Vector, ended
from tests.benchmarks.random_tasks import Drawn, Task, tasks
from tests.benchmarks.table import machine, written
from tests.benchmarks.work import end_of
from tests.helpers.trained_fits import trained

SAME = 1.001
"""Ratio of two losses up to which they are of one minimum."""
EVERY = 10
"""Of so many tasks one is searched by differential evolution."""


def searched(problem: Problem, seed: int = 0) -> float:
    """Search for all start values, train from there, and return the loss."""
    first = end_of(search_start(problem, problem.parameters.free, seed)).start
    return _trained(replace(problem, start=first))


def _trained(problem: Problem) -> float:
    """Train to the end, whatever it is, as a worker does, and return the loss."""
    return float(problem.loss(ended(problem).checkpoint.parameters))


def guessed(task: Task) -> float:
    """Return the loss to which lmfit's own guesses lead, infinite where it has none."""
    if task.kind.model is None:
        return math.inf
    model = task.kind.model()
    first = getattr(model, "components", [model])[0]
    try:
        start = model.make_params(**first.guess(task.y, x=task.x).valuesdict())
        if "c" in start:
            start["c"].set(value=float(np.median(task.y)))
        return float(model.fit(task.y, start, x=task.x).chisqr)
    except (ValueError, TypeError):
        return math.inf


def evolved(task: Task) -> float:
    """Return the loss to which differential evolution leads, between bounds of ten times the true values."""
    problem = task.problem(task.truth)

    def loss(parameters: Vector) -> float:
        return float(problem.loss(torch.from_numpy(parameters)).nan_to_num(1e300, 1e300, 1e300))

    bounds = [(-10 * abs(task.truth[name]), 10 * abs(task.truth[name])) for name in problem.parameters.names]
    return float(scipy.optimize.differential_evolution(loss, bounds, rng=1).fun)


class Job:
    """The whole job of a task in process: stored, prepared, trained, with its statistics."""

    def __init__(self, engine: Engine, task: Task) -> None:
        self._engine, self._task = engine, task

    def __call__(self, start: Drawn | None) -> float:
        """Do the job, from start values or without, and return the loss at its end."""
        task = self._task
        body = {"target": {"x": task.x.tolist(), "y": task.y.tolist()}, "model": task.kind.formula}
        record = trained(self._engine, body if start is None else body | {"parameters": start})
        return math.inf if record.result is None else record.result.final_loss


@dataclass
class Way:
    """How a way does on the tasks."""

    name: str
    found: int = 0
    seconds: list[float] = field(default_factory=list)

    def tries(self, action: Callable[[], float], best: float) -> float:
        """Time an action that returns the loss to which it leads, and return that."""
        began = time.process_time()
        loss = action()
        self.seconds.append(time.process_time() - began)
        self.found += loss <= SAME * best
        return loss

    def row(self) -> str:
        tail = statistics.quantiles(self.seconds, n=10)[-1]
        times = (statistics.median(self.seconds), tail, max(self.seconds))
        return f"| {self.name} | {self.found} of {len(self.seconds)} | " + " | ".join(map(written, times)) + " |"

    def over(self, other: "Way") -> str:
        """Return in words how much longer each task takes than in another way."""
        ratios = [mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=True)]
        return f"median {statistics.median(ratios):.2f} x, 90 % {statistics.quantiles(ratios, n=10)[-1]:.2f} x"


def compare(engine: Engine, count: int, seed: int) -> None:
    """Try all ways on so many tasks, and print how they do."""
    job, given_job = Way("whole job, start values left out"), Way("whole job from 10 % beside the truth")
    bare, given = Way("search and training alone"), Way("training alone from 10 % beside the truth")
    guesses, evolution = Way("lmfit's guesses"), Way("differential evolution")
    missed = []
    for number, task in enumerate(tasks(count, seed)):
        near = {name: 1.1 * value for name, value in task.truth.items()}
        problem, of_task = task.problem(near), Job(engine, task)
        best = min(_trained(task.problem(task.truth)), _trained(problem))
        for start in (None, near):
            of_task(start)
        loss = job.tries(partial(of_task, None), best)
        given_job.tries(partial(of_task, near), best)
        bare.tries(partial(searched, problem), best)
        given.tries(partial(_trained, problem), best)
        if not loss <= SAME * best:
            missed.append(f"{number} {task.kind.formula}: {loss / best:.4g} x the best loss")
        if task.kind.model is not None:
            guesses.tries(partial(guessed, task), best)
        if number % EVERY == 0:
            evolution.tries(partial(evolved, task), best)
    print("| way | found | median | 90 % | longest |", "|---|---|---|---|---|", sep="\n")
    print(*(way.row() for way in (job, given_job, bare, given, guesses, evolution)), sep="\n")
    print(f"\nWhole job, left out / given: {job.over(given_job)}", f"alone: {bare.over(given)}", *missed, sep="\n")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    print(machine("torch", "scipy", "lmfit"), "", sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder)}/fits.db")
        migrate(engine)
        compare(engine, chosen.tasks, chosen.seed)
        engine.dispose()


if __name__ == "__main__":
    become_a_worker()
    main()
