"""Target, model and start as one problem: losses, derivatives, bounds, and what does not count."""

import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data, NotFiniteError
from app.fitting.problems.problem import Problem, counted, start_vector
from tests.helpers.problems import robust


def numbers(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def line(factor: Tensor | None = None, **bounds: dict[str, float]) -> Problem:
    formula = parse("a + b * x")
    data = Data({"x": numbers(0, 1, 2)}, numbers(1, 3, 6), factor)
    return Problem(formula, data, Parameters(formula.parameters, **bounds), numbers(0, 0))


def test_the_loss_is_the_sum_of_squares_of_the_weighted_residuals() -> None:
    problem = line(numbers(1, 2, 0.5))
    assert problem.residual(numbers(1, 1)).tolist() == [0, -2, -1.5]
    assert problem.loss(numbers(1, 1)).item() == 4 + 2.25


def test_the_jacobian_is_that_of_the_weighted_residuals() -> None:
    residual, jacobian = line(numbers(1, 2, 0.5)).residual_and_jacobian(numbers(1, 1))
    assert residual.tolist() == [0, -2, -1.5]
    assert jacobian.tolist() == [[1, 0], [2, 2], [0.5, 1]]


def test_values_and_derivatives_of_the_model_have_no_weights() -> None:
    model, jacobian = line(numbers(1, 2, 0.5)).model_and_jacobian(numbers(1, 1))
    assert model.tolist() == [1, 2, 3]
    assert jacobian.tolist() == [[1, 0], [1, 1], [1, 2]]


def test_the_linearised_problem_has_the_gradient_of_the_loss() -> None:
    """Of everything at once: half of what differences of the loss give."""
    problem = robust()
    linearised, step = problem.linearised(problem.start), 1e-6
    for index, slope in enumerate(linearised.gradient.tolist()):
        aside = step * torch.eye(len(problem.start), dtype=torch.float64)[index]
        rise = problem.loss(problem.start + aside) - problem.loss(problem.start - aside)
        assert slope == pytest.approx(rise.item() / (4 * step), rel=1e-6)
    assert linearised.loss.item() == pytest.approx(problem.loss(problem.start).item())


def test_a_model_without_free_parameters_in_it_has_no_slope() -> None:
    formula = parse("a + 0*x", ["x"])
    problem = Problem(formula, Data({"x": numbers(0, 1)}, numbers(1, 1)), Parameters(("a", "unused")), numbers(0, 0))
    _, jacobian = problem.residual_and_jacobian(numbers(0, 0))
    assert jacobian[:, 1].tolist() == [0, 0]


def test_parameters_are_moved_to_their_bounds_and_held_there_by_descent() -> None:
    problem = line(lower={"a": 1.0}, upper={"b": 2.0})
    assert problem.project(numbers(0, 5)).tolist() == [1, 2]
    assert problem.blocked(numbers(1, 2), numbers(1, 1)).tolist() == [True, False]
    assert problem.blocked(numbers(1, 2), numbers(-1, -1)).tolist() == [False, True]


def test_every_look_at_the_model_is_counted() -> None:
    problem = line()
    problem.loss(numbers(0, 0))
    problem.residual_and_jacobian(numbers(0, 0))
    assert problem.evaluations.count == 2


def test_points_of_weight_0_are_left_out() -> None:
    left = counted(line(numbers(1, 0, 2)))
    assert left.data.y.tolist() == [1, 6]
    assert left.data.variables["x"].tolist() == [0, 2]


def test_where_no_point_counts_all_stay() -> None:
    problem = line(numbers(0, 0, 0))
    assert counted(problem) is problem


def test_start_values_are_in_the_order_of_the_free_parameters() -> None:
    parameters = Parameters(("a", "b", "c"), fixed={"b": 7.0})
    assert start_vector(parameters, {"c": 3.0, "a": 1.0, "b": 2.0}, torch.float32).tolist() == [1, 3]
    with pytest.raises(NotFiniteError, match="the start value of c is too large for a float32"):
        start_vector(parameters, {"a": 1.0, "c": 1e39}, torch.float32)
