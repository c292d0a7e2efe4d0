"""What the data tell of the parameters near a minimum."""

import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.statistics.covariance import correlations, estimate, is_rounding, standard_errors

X = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], dtype=torch.float64)
Y = torch.tensor([1.1, 1.9, 3.2, 3.8, 5.1], dtype=torch.float64)


def posed(text: str, parameters: Parameters | None = None) -> tuple[Problem, Tensor]:
    """Return a model of a straight line, and its minimum."""
    formula = parse(text)
    parameters = parameters or Parameters(formula.parameters)
    slope = ((X - X.mean()) * (Y - Y.mean())).sum() / ((X - X.mean()) ** 2).sum()
    minimum = torch.stack([Y.mean() - slope * X.mean(), slope])
    return Problem(formula, Data({"x": X}, Y), parameters, minimum), minimum


def test_the_covariance_of_a_straight_line_is_the_textbooks() -> None:
    problem, minimum = posed("a + b*x")
    found = estimate(problem, minimum)
    residual = problem.residual(minimum)
    variance = (residual @ residual).item() / 3
    assert found.nfree == 3
    assert found.variance == pytest.approx(variance)
    assert found.covariance is not None
    assert found.covariance[1, 1].item() == pytest.approx(variance / 10)
    assert found.covariance[0, 0].item() == pytest.approx(variance * (1 / 5 + 9 / 10))
    assert found.covariance[0, 1].item() == pytest.approx(-variance * 3 / 10)
    assert found.distance == pytest.approx(0, abs=1e-9)
    assert found.follows_constants


def test_away_from_the_minimum_its_distance_is_told_in_standard_errors() -> None:
    problem, minimum = posed("a + b*x + 0*a^2")
    error = standard_errors(problem.parameters, minimum, estimate(problem, minimum))["a"]
    assert error is not None
    aside = minimum + torch.tensor([error, 0.0], dtype=torch.float64)
    assert estimate(problem, aside).distance > 0.5


def test_parameters_that_the_data_do_not_tell_apart_have_no_covariance() -> None:
    formula = parse("a + b + 0*x", ["x"])
    problem = Problem(formula, Data({"x": X}, Y), Parameters(formula.parameters), torch.ones(2, dtype=torch.float64))
    found = estimate(problem, problem.start)
    assert (found.covariance, found.condition) == (None, None)


def test_errors_of_tied_parameters_follow_and_fixed_ones_have_none() -> None:
    formula = parse("a + b*x + 0*(c + d)")
    tied = {"c": parse_tie("3*b", ["a", "b", "d"])}
    problem, minimum = posed(formula.text, Parameters(formula.parameters, fixed={"d": 1.0}, tied=tied))
    errors = standard_errors(problem.parameters, minimum, estimate(problem, minimum))
    assert errors["d"] is None
    assert errors["b"] is not None
    assert errors["c"] == pytest.approx(3 * errors["b"])


def test_correlations_are_covariances_of_parameters_of_variance_1() -> None:
    covariance = torch.tensor([[4.0, -3.0], [-3.0, 9.0]], dtype=torch.float64)
    assert correlations(covariance) == [pytest.approx([1, -0.5]), pytest.approx([-0.5, 1])]
    assert correlations(torch.zeros(1, 1)) is None
    assert correlations(None) is None


@pytest.mark.parametrize(("error", "rounding"), [(1e-15, True), (1e-12, False)])
def test_residuals_as_small_as_the_rounding_of_y_are_rounding(error: float, rounding: bool) -> None:
    assert is_rounding(Data({"x": X}, Y), len(Y) * error**2) is rounding
