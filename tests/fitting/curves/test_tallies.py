"""What a comparison needs of curves agrees with the statistics of each alone."""

import math

import pytest
import torch

from app.fitting.curves.tallies import tallies
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import Loss, Poisson, SumOfSquares
from app.fitting.statistics import statistics
from app.fitting.statistics.comparison import Likelihood, criteria

X = torch.tensor([[1.0], [2.0], [3.0], [4.0], [5.0]], dtype=torch.float64)
Y = torch.tensor([[1.0, 9.0], [2.0, 7.0], [4.0, 5.0], [3.0, 2.0], [6.0, 1.0]], dtype=torch.float64)


def posed(loss: Loss, factor: torch.Tensor | None = None, lower: dict[str, float] | None = None) -> CurveProblem:
    formula = parse("a + b * x")
    counts, start = torch.full((2,), 5), torch.ones(2, 2, dtype=torch.float64)
    return CurveProblem(
        formula, {"x": X}, Y, factor, counts, Parameters(formula.parameters, lower=lower or {}), start, loss
    )


def test_counts_have_the_criteria_of_the_curve_alone() -> None:
    problem, free = posed(Poisson()), torch.tensor([[0.3, 11.0], [1.0, -1.9]], dtype=torch.float64)
    for curve, tally in enumerate(tallies(problem, free)):
        alone = statistics(problem.alone(curve), free[:, curve])
        assert criteria(tally, Likelihood.COUNTS).aic == pytest.approx(alone.aic)


def test_squares_have_those_of_the_curve_alone_but_for_constants() -> None:
    weights = torch.tensor([[1.0], [2.0], [1.0], [0.5], [0.0]], dtype=torch.float64)
    problem, free = posed(SumOfSquares(), weights.sqrt()), torch.tensor([[0.3, 11.0], [1.0, -1.9]], dtype=torch.float64)
    for curve, tally in enumerate(tallies(problem, free)):
        alone = statistics(problem.alone(curve), free[:, curve])
        assert (tally.ndata, tally.nvarys, tally.loss) == (4, 2, pytest.approx(alone.chisqr))
        assert alone.aic is not None
        expected = alone.aic + 4 * (math.log(2 * math.pi) + 1) + 2 - math.log(2 * 0.5)
        assert criteria(tally, Likelihood.ESTIMATED).aic == pytest.approx(expected)


def test_a_parameter_at_its_bound_does_not_count() -> None:
    problem = posed(SumOfSquares(), lower={"b": 0.0})
    free = torch.tensor([[0.3, 4.8], [1.0, 0.0]], dtype=torch.float64)
    assert [tally.nvarys for tally in tallies(problem, free)] == [2, 1]
