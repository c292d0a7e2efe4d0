"""Data so far from 0 that the best coefficients are no numbers are told; all others are not."""

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data, NotFiniteError
from app.fitting.problems.problem import Problem
from app.fitting.starts.far_from_origin import refuse_far_from_origin
from app.fitting.starts.search import search_start
from tests.helpers.work import answer

STEPS = torch.arange(40, dtype=torch.float64)
NOISE = 0.3 * torch.randn(40, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
DECAY = 50 * torch.exp(-STEPS / 15) + 21 + NOISE


def asked(model: str, x: torch.Tensor, y: torch.Tensor) -> None:
    formula = parse(model)
    parameters = Parameters(formula.parameters)
    problem = Problem(formula, Data({"x": x}, y), parameters, torch.ones(len(parameters.free), dtype=torch.float64))
    search = answer(search_start(problem, parameters.free, 0))
    answer(refuse_far_from_origin(problem, parameters.free, 0, search))


def test_an_exponential_that_no_number_can_hold_is_refused_with_an_origin() -> None:
    with pytest.raises(NotFiniteError, match=r"write \(x - origin\) in place of x.*1700000000"):
        asked("a*exp(-b*x) + c", 1.7e9 + 60 * STEPS, DECAY)


@pytest.mark.parametrize("first", [0.0, 2000.0])
def test_where_numbers_can_hold_it_nothing_is_refused(first: float) -> None:
    asked("a*exp(-b*x) + c", first + STEPS, DECAY)


def test_a_model_that_is_another_one_at_another_origin_is_not_refused() -> None:
    asked("a*x**b", 1.7e9 + 60 * STEPS, DECAY)
