"""L-BFGS: minima that are known, bounds, ends told as data."""

import math

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss
from app.fitting.problems.problem import Problem
from app.fitting.training import Checkpoint, Chunk, start, train

SOLVER = make_optimizer("lbfgs")


def problem(
    model: str, x: list[float], y: list[float], starts: list[float], loss: str = "squares", **bounds: dict[str, float]
) -> Problem:
    formula = parse(model)
    data = Data({"x": torch.tensor(x, dtype=torch.float64)}, torch.tensor(y, dtype=torch.float64))
    vector = torch.tensor(starts, dtype=torch.float64)
    return Problem(formula, data, Parameters(formula.parameters, **bounds), vector, make_loss(loss, 1.0))


def solved(posed: Problem, steps: int = 2000, chunk_seconds: float = 3600) -> list[Chunk]:
    return list(train(posed, SOLVER, start(posed, SOLVER, posed.start), steps, chunk_seconds))


X = [0.1 * i for i in range(40)]


def test_the_minimum_of_rosenbrocks_function_is_found() -> None:
    chunks = solved(problem("where(x - 0.5, 10*(b - a**2), 1 - a)", [0.0, 1.0], [0.0, 0.0], [-1.2, 1.0]))
    assert chunks[-1].stop is not None
    assert chunks[-1].stop.reason == "converged"
    assert chunks[-1].stop.criterion in ("gradient", "cost")
    assert chunks[-1].checkpoint.parameters.tolist() == pytest.approx([1, 1], abs=1e-7)


def test_a_decay_is_found_in_few_steps() -> None:
    y = [3 * math.exp(-0.7 * t) + 0.5 for t in X]
    chunks = solved(problem("h * exp(-k * x) + o", X, y, [1.0, 1.0, 0.0]))
    assert chunks[-1].checkpoint.parameters.tolist() == pytest.approx([3, 0.7, 0.5], rel=1e-6)
    assert chunks[-1].checkpoint.step < 100


def test_every_step_makes_the_loss_smaller() -> None:
    y = [3 * math.exp(-0.7 * t) + 0.5 + 0.1 * math.sin(40 * t) for t in X]
    (chunk,) = solved(problem("h * exp(-k * x) + o", X, y, [1.0, 1.0, 0.0], "cauchy"))
    losses = [*chunk.losses, chunk.checkpoint.loss]
    assert losses == sorted(losses, reverse=True)


def test_it_stays_within_bounds_and_finds_the_best_there() -> None:
    y = [3 * math.exp(-0.7 * t) + 0.5 for t in X]
    chunks = solved(problem("h * exp(-k * x) + o", X, y, [1.0, 1.0, 0.0], upper={"h": 2.5}))
    fixed = solved(problem("2.5 * exp(-k * x) + o", X, y, [1.0, 0.0]))
    h, k, o = chunks[-1].checkpoint.parameters.tolist()
    assert h == 2.5
    assert [k, o] == pytest.approx(fixed[-1].checkpoint.parameters.tolist(), rel=1e-6)


def test_with_every_parameter_at_a_bound_it_says_so() -> None:
    chunks = solved(problem("a * x", X, [3 * t for t in X], [2.0], upper={"a": 2.0}))
    assert chunks[-1].stop is not None
    assert (chunks[-1].stop.reason, chunks[-1].stop.criterion) == ("converged", "bound")


def test_it_goes_on_from_a_stored_checkpoint_bit_for_bit() -> None:
    posed = problem("h * exp(-k * x) + o", X, [3 * math.exp(-0.7 * t) + 0.5 for t in X], [1.0, 1.0, 0.0])
    whole = solved(posed)[-1].checkpoint
    half = Checkpoint.from_bytes(solved(posed, steps=7)[-1].checkpoint.to_bytes())
    *_, last = train(posed, SOLVER, half, 2000, 0.001)
    assert last.checkpoint.parameters.equal(whole.parameters)
    assert last.checkpoint.step == whole.step
