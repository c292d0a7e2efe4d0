"""Three nonlinear models, written for us, for scipy with exact derivatives and for JAX."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.optimize
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.training import Checkpoint, Chunk, Runner, runner_of, start, train

Vector = np.ndarray[Any, np.dtype[np.float64]]
SOLVER = LevenbergMarquardt()
CHUNK_SECONDS = 0.1
"""The service's default."""


@dataclass(frozen=True)
class Model:
    """A model with its true parameters, and where a fit starts."""

    name: str
    text: str
    function: Callable[..., Any]
    """Its values from a module of array functions (numpy or jax.numpy), x and the parameters."""
    slopes: Callable[..., list[Vector]]
    """Its derivatives, from x and the parameters."""
    domain: tuple[float, float]
    truth: tuple[float, ...]
    start: tuple[float, ...]

    def values(self, x: Vector, *parameters: float) -> Vector:
        values: Vector = self.function(np, x, *parameters)
        return values

    def jacobian(self, x: Vector, *parameters: float) -> Vector:
        return np.column_stack(self.slopes(x, *parameters))

    def sample(self, points: int) -> tuple[Vector, Vector]:
        """Return points with noise."""
        x = np.linspace(*self.domain, points)
        return x, self.values(x, *self.truth) + 0.05 * np.random.default_rng(1).standard_normal(points)


def _exponential_slopes(x: Vector, a: float, b: float, _c: float) -> list[Vector]:
    decay = np.exp(-b * x)
    return [decay, -a * x * decay, np.ones_like(x)]


def _gaussian_slopes(x: Vector, a: float, b: float, c: float, _d: float) -> list[Vector]:
    z = (x - b) / c
    bell = np.exp(-z * z / 2)
    return [bell, a * bell * z / c, a * bell * z * z / c, np.ones_like(x)]


def _logistic_slopes(x: Vector, a: float, b: float, c: float, d: float) -> list[Vector]:
    power = (c / x) ** d
    share = 1 / (1 + power)
    slope = -(b - a) * share * share * power
    return [1 - share, share, slope * d / c, slope * np.log(c / x)]


EXPONENTIAL = Model(
    "exponential decay with offset",
    "a * exp(-b * x) + c",
    lambda m, x, a, b, c: a * m.exp(-b * x) + c,
    _exponential_slopes,
    (0, 10),
    (3.0, 0.7, 0.5),
    (1.0, 1.0, 0.0),
)
MODELS = (
    EXPONENTIAL,
    Model(
        "Gaussian with offset",
        "a * exp(-((x - b) / c) ** 2 / 2) + d",
        lambda m, x, a, b, c, d: a * m.exp(-(((x - b) / c) ** 2) / 2) + d,
        _gaussian_slopes,
        (-5, 5),
        (2.0, 0.8, 1.2, 0.3),
        (1.0, 0.0, 1.0, 0.0),
    ),
    Model(
        "4-parameter logistic",
        "a + (b - a) / (1 + (c / x) ** d)",
        lambda _m, x, a, b, c, d: a + (b - a) / (1 + (c / x) ** d),
        _logistic_slopes,
        (0.1, 20),
        (0.2, 2.5, 4.0, 1.8),
        (0.0, 2.0, 3.0, 1.0),
    ),
)


def posed(model: Model, x: Vector, y: Vector) -> Problem:
    """Return the fit as our problem."""
    formula, first = parse(model.text), torch.tensor(model.start, dtype=torch.float64)
    data = Data({"x": torch.from_numpy(x)}, torch.from_numpy(y))
    return Problem(formula, data, Parameters(formula.parameters), first)


def solved(problem: Problem, runner: Runner | None = None) -> Checkpoint:
    """Train to a minimum, as a worker does."""
    last = ended(problem, runner)
    assert last.stop is not None
    assert last.stop.reason == "converged"
    return last.checkpoint


def ended(problem: Problem, runner: Runner | None = None) -> Chunk:
    """Train to the end, whatever it is, as a worker does, and return the last chunk."""
    runner = runner or runner_of(problem, SOLVER)
    first = start(problem, SOLVER, problem.start, runner)
    *_, last = train(problem, SOLVER, first, 1000, CHUNK_SECONDS, runner=runner)
    return last


def curve_fit(model: Model, x: Vector, y: Vector) -> Vector:
    """Return scipy's answer, with exact derivatives; it also works out the covariance."""
    found, _ = scipy.optimize.curve_fit(model.values, x, y, p0=model.start, jac=model.jacobian)
    return found


def assert_close(found: Any, right: Any, tolerance: float = 1e-9) -> None:
    assert np.allclose(found, right, rtol=tolerance, atol=tolerance), (found, right)
