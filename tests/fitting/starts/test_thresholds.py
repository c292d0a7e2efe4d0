"""Threshold and start of robust losses, settled from the data."""

import math
from collections.abc import Generator
from dataclasses import replace

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.losses import LOSSES, Cauchy, make_loss, needs_threshold, robust_loss
from app.fitting.problems.problem import Problem
from app.fitting.starts.thresholds import Robustness, settled
from app.fitting.training import start, train

TRUE = (2.0, 0.7)


def decay(outliers: int, noise: float = 0.02, factor: torch.Tensor | None = None, absolute: bool = False) -> Problem:
    generator = torch.Generator().manual_seed(7)
    x = torch.linspace(0, 5, 100, dtype=torch.float64)
    y = TRUE[0] * torch.exp(-TRUE[1] * x) + noise * torch.randn(100, generator=generator, dtype=torch.float64)
    y[torch.randperm(100, generator=generator)[:outliers]] += 5.0
    formula = parse("h * exp(-k * x)")
    parameters = Parameters(formula.parameters)
    return Problem(formula, Data({"x": x}, y, factor, absolute), parameters, torch.ones(2, dtype=torch.float64))


def answer(work: Generator[None, None, Robustness]) -> Robustness:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("name", [name for name in LOSSES if needs_threshold(name)])
def test_the_threshold_follows_the_noise_and_not_the_outliers(name: str) -> None:
    found = answer(settled(decay(outliers=10), name, None, 1.0))
    assert found.threshold / robust_loss(name).tuning == pytest.approx(0.02, rel=0.3)
    assert found.parameters.tolist() == pytest.approx(TRUE, rel=0.05)


def test_points_without_weight_do_not_make_the_threshold_smaller() -> None:
    problem = decay(outliers=10)
    factor = (torch.arange(100) % 2).double()
    odd = Data({"x": problem.data.variables["x"][1::2]}, problem.data.y[1::2])
    expected = answer(settled(replace(problem, data=odd), "huber", None, 1.0)).threshold
    found = answer(settled(replace(problem, data=replace(problem.data, factor=factor)), "huber", None, 1.0)).threshold
    assert found == pytest.approx(expected)


def test_a_given_threshold_stays() -> None:
    assert answer(settled(decay(outliers=10), "tukey", 0.25, 1.0)).threshold == 0.25


def test_where_sigma_is_absolute_the_threshold_is_the_tuning_itself() -> None:
    factor = torch.full((100,), 1 / 0.02, dtype=torch.float64)
    found = answer(settled(decay(outliers=10, factor=factor, absolute=True), "cauchy", None, 1.0))
    assert found.threshold == Cauchy.tuning


def test_points_on_the_curve_itself_leave_a_threshold_above_rounding() -> None:
    found = answer(settled(decay(outliers=3, noise=0.0), "huber", None, 1.0))
    assert 0 < found.threshold < 1e-10
    assert found.parameters.tolist() == pytest.approx(TRUE, rel=1e-6)


@pytest.mark.parametrize("name", ["huber", "soft_l1", "cauchy", "tukey"])
def test_robust_losses_find_the_truth_where_squares_do_not(name: str) -> None:
    problem = decay(outliers=10)
    found = answer(settled(problem, name, None, 1.0))
    robust = replace(problem, loss_function=make_loss(name, found.threshold), start=found.parameters)
    error = math.dist(TRUE, minimum(robust))
    assert error < 0.05
    assert error < math.dist(TRUE, minimum(problem)) / 5


def minimum(problem: Problem) -> list[float]:
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(problem, optimizer, start(problem, optimizer, problem.start), 1000, 3600)
    assert last.stop is not None
    assert last.stop.reason == "converged"
    return last.checkpoint.parameters.tolist()
