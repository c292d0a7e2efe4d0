"""One nonlinear fit by Levenberg-Marquardt, in process, on one thread, beside scipy's `curve_fit`.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.nonlinear`. It needs a C++ compiler. Every
way that is timed is also asserted to have found the right coefficients.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

# First of all: it sets how many threads libraries use.
from tests.benchmarks.training import CHUNK_SECONDS, Vector, assert_close, compiled  # isort: skip
import numpy as np
import scipy.optimize
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.programs.trials import CompiledTrials, OneSolution
from app.fitting.training import Checkpoint, start, train
from tests.benchmarks.table import HEAD, fastest, machine, told, written


@dataclass(frozen=True)
class Curve:
    """A nonlinear model, written for us and for scipy, with its true parameters and where a fit starts."""

    name: str
    text: str
    function: Callable[..., Vector]
    domain: tuple[float, float]
    truth: tuple[float, ...]
    start: tuple[float, ...]

    def sample(self) -> tuple[Vector, Vector]:
        """1,000 points with noise."""
        x = np.linspace(*self.domain, 1000)
        return x, self.function(x, *self.truth) + 0.05 * np.random.default_rng(1).standard_normal(len(x))


CURVES = (
    Curve(
        "exponential decay with offset",
        "a * exp(-b * x) + c",
        lambda x, a, b, c: a * np.exp(-b * x) + c,
        (0, 10),
        (3.0, 0.7, 0.5),
        (1.0, 1.0, 0.0),
    ),
    Curve(
        "Gaussian with offset",
        "a * exp(-((x - b) / c) ** 2 / 2) + d",
        lambda x, a, b, c, d: a * np.exp(-(((x - b) / c) ** 2) / 2) + d,
        (-5, 5),
        (2.0, 0.8, 1.2, 0.3),
        (1.0, 0.0, 1.0, 0.0),
    ),
    Curve(
        "4-parameter logistic",
        "a + (b - a) / (1 + (c / x) ** d)",
        lambda x, a, b, c, d: a + (b - a) / (1 + (c / x) ** d),
        (0.1, 20),
        (0.2, 2.5, 4.0, 1.8),
        (0.0, 2.0, 3.0, 1.0),
    ),
)


SOLVER = LevenbergMarquardt()


def posed(curve: Curve, x: Vector, y: Vector) -> Problem:
    """Return the fit as our problem."""
    formula, first = parse(curve.text), torch.tensor(curve.start, dtype=torch.float64)
    data = Data({"x": torch.from_numpy(x)}, torch.from_numpy(y))
    return Problem(formula, data, Parameters(formula.parameters), first)


def solved(curve: Curve, x: Vector, y: Vector, compiled: CompiledTrials | None) -> Checkpoint:
    """Do a whole fit from its points on, as a worker does: in compiled code, or step by step until that is there."""
    problem = posed(curve, x, y)
    runner = None if compiled is None else OneSolution(compiled, problem, SOLVER)
    first = start(problem, SOLVER, problem.start)
    *_, last = train(problem, SOLVER, first, 1000, CHUNK_SECONDS, find_runner=lambda: runner)
    assert last.stop is not None
    assert last.stop.reason == "converged"
    return last.checkpoint


def curve_fit(curve: Curve, x: Vector, y: Vector) -> Vector:
    """scipy with its defaults; it also works out the covariance."""
    found, _ = scipy.optimize.curve_fit(curve.function, x, y, p0=curve.start)
    return found


def curve_row(curve: Curve) -> None:
    """One nonlinear fit."""
    x, y = curve.sample()
    programs, right = compiled(posed(curve, x, y), SOLVER, CompiledTrials), curve_fit(curve, x, y)
    ways = [partial(solved, curve, x, y, programs), partial(solved, curve, x, y, None)]
    for found in (way() for way in ways):
        # scipy stops at eight digits.
        assert_close(found.parameters.tolist(), right.tolist(), 1e-5)
        assert found.loss <= ((curve.function(x, *right) - y) ** 2).sum() * (1 + 1e-12)
    ways += [partial(curve_fit, curve, x, y)]
    ours, eager, theirs = (fastest(100, way)[0] for way in ways)
    what = f"{curve.name}, 1,000 points, Levenberg-Marquardt"
    told(f"{what} / scipy curve_fit", written(ours), written(theirs), f"{ours / theirs:.3g} x its time", "<= 2 x")
    eager_ratio = f"{eager / theirs:.3g} x its time"
    told(f"{what}, as long as it is not compiled / scipy curve_fit", written(eager), written(theirs), eager_ratio)


def rows() -> None:
    """All of them."""
    torch.set_num_threads(1)
    for curve in CURVES:
        curve_row(curve)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(machine("torch", "scipy"), HEAD, sep="\n\n")
    rows()
