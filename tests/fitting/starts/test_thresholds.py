"""Threshold and start of robust losses, settled from the data."""

import math
from dataclasses import replace

import pytest
import torch

from app.fitting.curves import CurveProblem
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.losses import LOSSES, make_loss, needs_threshold, robust_loss
from app.fitting.problems.problem import Problem
from app.fitting.starts.thresholds import Robustness, settled
from app.fitting.training import start, train
from tests.helpers.work import answer

TRUE = (2.0, 0.7)
ROBUST = [name for name in LOSSES if needs_threshold(name)]


def decay(
    outliers: int, noise: float = 0.02, factor: torch.Tensor | None = None, absolute: bool = False, seed: int = 7
) -> CurveProblem:
    generator = torch.Generator().manual_seed(seed)
    x = torch.linspace(0, 5, 100, dtype=torch.float64)
    y = TRUE[0] * torch.exp(-TRUE[1] * x) + noise * torch.randn(100, generator=generator, dtype=torch.float64)
    y[torch.randperm(100, generator=generator)[:outliers]] += 5.0
    formula = parse("h * exp(-k * x)")
    parameters, start = Parameters(formula.parameters), torch.ones(2, 1, dtype=torch.float64)
    factor = None if factor is None else factor[:, None]
    counts = torch.tensor([100])
    return CurveProblem(
        formula, {"x": x[:, None]}, y[:, None], factor, counts, parameters, start, sigma_is_absolute=absolute
    )


def robustness(
    problem: CurveProblem, name: str, threshold: float | None = None, needs_minimum: bool = True
) -> Robustness:
    return answer(settled(problem, name, threshold, needs_minimum, 1.0))


@pytest.mark.parametrize("name", ROBUST)
def test_the_threshold_follows_the_noise_and_not_the_outliers(name: str) -> None:
    found = robustness(decay(outliers=10), name)
    assert found.threshold.item() / robust_loss(name).tuning == pytest.approx(0.02, rel=0.3)
    assert found.parameters[:, 0].tolist() == pytest.approx(TRUE, rel=0.05)


def test_points_without_weight_do_not_make_the_threshold_smaller() -> None:
    problem = decay(outliers=10)
    factor = (torch.arange(100) % 2).double()[:, None]
    odd = replace(problem, variables={"x": problem.variables["x"][1::2]}, y=problem.y[1::2], counts=torch.tensor([50]))
    expected = robustness(odd, "huber").threshold
    assert robustness(replace(problem, factor=factor), "huber").threshold.item() == pytest.approx(expected.item())


def test_a_given_threshold_stays() -> None:
    assert robustness(decay(outliers=10), "tukey", 0.25).threshold.tolist() == [0.25]


def test_where_sigma_is_absolute_the_threshold_is_the_tuning_itself() -> None:
    factor = torch.full((100,), 1 / 0.02, dtype=torch.float64)
    problem = decay(outliers=10, factor=factor, absolute=True)
    assert robustness(problem, "cauchy").threshold.tolist() == [robust_loss("cauchy").tuning]


def test_where_threshold_and_start_are_known_nothing_is_trained() -> None:
    problem = decay(outliers=10)
    assert robustness(problem, "huber", 0.25, needs_minimum=False).parameters.equal(problem.start)


def test_points_on_the_curve_itself_leave_a_threshold_above_rounding() -> None:
    found = robustness(decay(outliers=3, noise=0.0), "huber")
    assert 0 < found.threshold.item() < 1e-10
    assert found.parameters[:, 0].tolist() == pytest.approx(TRUE, rel=1e-6)


@pytest.mark.parametrize("name", ROBUST)
def test_a_curve_has_the_same_threshold_alone_and_among_others(name: str) -> None:
    alone = [decay(outliers=5 + seed, noise=0.01 * (seed + 1), seed=seed) for seed in range(4)]
    together = replace(
        alone[0],
        y=torch.cat([problem.y for problem in alone], dim=1),
        start=alone[0].start.repeat(1, 4),
        counts=torch.full((4,), 100),
    )
    found = robustness(together, name)
    for number, problem in enumerate(alone):
        expected = robustness(problem, name)
        assert found.threshold[number].item() == pytest.approx(expected.threshold.item(), rel=1e-9)
        assert found.parameters[:, number].tolist() == pytest.approx(expected.parameters[:, 0].tolist(), rel=1e-9)


@pytest.mark.parametrize("name", ROBUST)
def test_robust_losses_find_the_truth_where_squares_do_not(name: str) -> None:
    problem = decay(outliers=10)
    found = robustness(problem, name)
    robust = replace(problem, loss_function=make_loss(name, found.threshold), start=found.parameters)
    error = math.dist(TRUE, minimum(robust.alone(0)))
    assert error < 0.05
    assert error < math.dist(TRUE, minimum(problem.alone(0))) / 5


def minimum(problem: Problem) -> list[float]:
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(problem, optimizer, start(problem, optimizer, problem.start), 1000, 3600)
    assert last.stop is not None
    assert last.stop.reason == "converged"
    return last.checkpoint.parameters.tolist()
