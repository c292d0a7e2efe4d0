"""The standard errors that NIST certifies for linear models; tests/nist says more of the sets."""

import json
from typing import Any

import pytest
import torch

from app.fitting.formula import parse
from app.fitting.optimizers.least_squares import solve
from app.fitting.parameters import Parameters
from app.fitting.problem import Data, Problem
from app.fitting.statistics import statistics
from tests.nist.test_linear import EXACT, SETS, correct_digits

LEAST_DIGITS = 13


def posed(data: dict[str, Any]) -> Problem:
    x = torch.tensor(data["x"], dtype=torch.float64)
    variables = {"x": x} if x.ndim == 1 else {f"x{i}": column for i, column in enumerate(x.T, 1)}
    formula = parse(data["expr"], variables)
    measured = Data(variables, torch.tensor(data["y"], dtype=torch.float64))
    parameters = Parameters(formula.parameters)
    return Problem(formula, measured, parameters, torch.ones(len(parameters.free), dtype=torch.float64))


@pytest.mark.parametrize("name", SETS)
def test_the_certified_standard_errors_are_found(name: str) -> None:
    data = json.loads(SETS[name].read_text())
    problem = posed(data)
    found = statistics(problem, solve(problem.design).parameters)
    errors = [found.stderr[parameter] for parameter in problem.parameters.free]
    assert found.chisqr is not None
    assert found.warnings == []
    if name in EXACT:
        assert max(error or 0 for error in errors) < 1e-12
    else:
        numbers = [error or 0.0 for error in [*errors, found.chisqr]]
        assert correct_digits(numbers, [*data["hp_sd"], data["hp_rss"]]) >= LEAST_DIGITS


def test_coefficients_that_are_not_the_solution_keep_their_own_sum_of_squares() -> None:
    problem = posed({"expr": "a * x", "x": [1.0, 2.0, 3.0], "y": [2.1, 3.9, 6.05]})
    found = statistics(problem, torch.tensor([2.5], dtype=torch.float64))
    assert found.chisqr == pytest.approx(0.4**2 + 1.1**2 + 1.45**2)
