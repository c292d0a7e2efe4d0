"""A model that tells no more than a constant or a line is told as such."""

import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss
from app.fitting.problems.problem import Problem
from app.fitting.statistics.plain_models import plain_model_warning

X = torch.linspace(0, 10, 40, dtype=torch.float64)
NOISE = torch.randn(40, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def told(y: Tensor, residual: Tensor, model: str = "a/(1 + exp(-b*(x - c)))", loss: str = "squares") -> list[str]:
    formula = parse(model)
    parameters = Parameters(formula.parameters)
    start = torch.ones(len(parameters.free), dtype=torch.float64)
    problem = Problem(formula, Data({"x": X}, y), parameters, start, make_loss(loss, 1.0))
    return plain_model_warning(problem, residual.square().sum().item(), len(parameters.free), at_bounds=False)


def test_a_model_that_leaves_all_the_scatter_explains_nothing() -> None:
    (warning,) = told(NOISE, NOISE)
    assert "explains nothing" in warning


def test_a_straight_line_fitted_by_a_curve_is_told_as_one() -> None:
    (warning,) = told(3 * X + NOISE, NOISE)
    assert "a straight line follows the data as well" in warning


def test_a_curve_that_is_needed_is_not_warned_of() -> None:
    assert told(20 / (1 + torch.exp(-2 * (X - 5))) + NOISE, NOISE) == []


@pytest.mark.parametrize(("model", "loss"), [("a + b*x + c*x^2", "squares"), ("a/(1 + exp(-b*(x - c)))", "huber")])
def test_nothing_is_told_of_linear_models_and_other_losses(model: str, loss: str) -> None:
    assert told(NOISE, NOISE, model, loss) == []
