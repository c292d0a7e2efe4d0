"""A fit whose start values are searched for, in process, on one thread, beside scipy's differential evolution.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.searches`.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import scipy.optimize

from app.fitting.problems.problem import Problem
from app.fitting.starts.search import search_start
from tests.benchmarks.as_a_worker import become_a_worker
from tests.benchmarks.models import EXPONENTIAL, Vector, assert_close, posed, solved
from tests.benchmarks.table import PATH, at_most, begin, fastest, takes
from tests.benchmarks.work import end_of

POINTS, SEED, BOUND = 100, 1, 10.0


def searched(problem: Problem) -> list[float]:
    """Search for all start values, and train from there."""
    first = end_of(search_start(problem, problem.parameters.free, SEED)).start
    parameters: list[float] = solved(replace(problem, start=first)).parameters.tolist()
    return parameters


def evolved(x: Vector, y: Vector) -> Vector:
    """Let scipy search between bounds, which we are not given, and polish."""

    def loss(parameters: Vector) -> float:
        return float(((EXPONENTIAL.values(x, *parameters) - y) ** 2).sum())

    with np.errstate(over="ignore"):
        found = scipy.optimize.differential_evolution(loss, [(-BOUND, BOUND)] * 3, rng=SEED)
    answer: Vector = found.x
    return answer


def rows() -> None:
    x, y = EXPONENTIAL.sample(POINTS)
    problem = posed(EXPONENTIAL, x, y)
    right = solved(problem).parameters.tolist()
    assert_close(searched(problem), right)
    assert_close(evolved(x, y), right, 1e-3)
    (theirs,) = fastest(3, partial(evolved, x, y))
    ours, given = fastest(5, partial(searched, problem)), fastest(100, partial(solved, problem))
    what = f"search of three parameters, {POINTS} points, and fit /"
    takes(f"{what} scipy `differential_evolution`", PATH, *ours, theirs, at_most(0.1))
    takes(f"{what} the fit from given start values", PATH, *ours, *given, at_most(20))


if __name__ == "__main__":
    become_a_worker()
    begin("torch", "scipy")
    rows()
