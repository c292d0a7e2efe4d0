"""Standard errors of many curves, where the textbook has them in closed form."""

import pytest
import torch

from app.fitting.curves.standard_errors import standard_errors
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.problems.curve_problem import CurveProblem

X = torch.tensor([[1.0], [2.0], [3.0], [4.0], [5.0]], dtype=torch.float64)
Y = torch.tensor([[1.1, 9.0], [1.9, 7.0], [3.2, 5.2], [3.8, 2.9], [5.1, 1.2]], dtype=torch.float64)


def lines(
    text: str = "a + b*x", parameters: Parameters | None = None, **more: bool
) -> tuple[CurveProblem, torch.Tensor]:
    """Return two straight lines and their minima, (free, curves)."""
    formula = parse(text)
    slope = ((X - 3) * Y).sum(0) / 10
    minimum = torch.stack([Y.mean(0) - 3 * slope, slope])
    counts, parameters = torch.full((2,), 5), parameters or Parameters(formula.parameters)
    return CurveProblem(formula, {"x": X}, Y, None, counts, parameters, minimum, **more), minimum


def test_errors_of_a_straight_line() -> None:
    problem, minimum = lines()
    variance = problem.loss(minimum) / 3
    found = standard_errors(problem, minimum)
    torch.testing.assert_close(found["b"], (variance / 10).sqrt())
    torch.testing.assert_close(found["a"], (variance * (1 / 5 + 9 / 10)).sqrt())


def test_where_sigma_is_absolute_residuals_do_not_matter() -> None:
    found = standard_errors(*lines(sigma_is_absolute=True))
    assert found["b"].tolist() == pytest.approx([0.1**0.5] * 2)


def test_a_tied_parameter_has_the_error_that_its_formula_gives_it() -> None:
    formula = parse("a + b*x + 0*c")
    parameters = Parameters(formula.parameters, tied={"c": parse_tie("-3*b", ["a", "b"])})
    found = standard_errors(*lines(formula.text, parameters))
    torch.testing.assert_close(found["c"], 3 * found["b"])


def test_a_curve_whose_parameters_are_not_determined_has_none_and_the_other_has() -> None:
    problem, _ = lines("a + b*exp(c*x)")
    parameters = torch.tensor([[1.0, 1.0], [0.0, 1.0], [0.5, 0.1]], dtype=torch.float64)
    found = standard_errors(problem, parameters)
    assert found["c"].isnan().tolist() == [True, False]


def test_a_parameter_at_its_bound_has_none() -> None:
    formula = parse("a + b*x")
    problem, minimum = lines(parameters=Parameters(formula.parameters, lower={"b": 0.0}))
    held = minimum.clone()
    held[1, 1] = 0.0
    found = standard_errors(problem, held)
    assert found["b"].isnan().tolist() == [False, True]
    assert found["a"].isfinite().all()
