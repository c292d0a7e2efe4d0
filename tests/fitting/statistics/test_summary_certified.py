"""The standard errors that NIST certifies for linear models; tests/nist says more of the sets."""

import json
from typing import Any

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers.least_squares import solve
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.statistics import statistics
from tests.helpers.certified import EXACT, LINEAR_SETS, correct_digits

LEAST_DIGITS = 13


def posed(data: dict[str, Any]) -> Problem:
    x = torch.tensor(data["x"], dtype=torch.float64)
    variables = {"x": x} if x.ndim == 1 else {f"x{i}": column for i, column in enumerate(x.T, 1)}
    formula = parse(data["expr"], variables)
    measured = Data(variables, torch.tensor(data["y"], dtype=torch.float64))
    parameters = Parameters(formula.parameters)
    return Problem(formula, measured, parameters, torch.ones(len(parameters.free), dtype=torch.float64))


@pytest.mark.parametrize("name", LINEAR_SETS)
def test_the_certified_standard_errors_are_found(name: str) -> None:
    data = json.loads(LINEAR_SETS[name].read_text())
    problem = posed(data)
    found = statistics(problem, solve(problem.design).parameters)
    errors = [found.stderr[parameter] for parameter in problem.parameters.free]
    assert found.chisqr is not None
    if name in EXACT:
        (warning,) = found.warnings
        assert "no more than rounding" in warning
        assert max(error or 0 for error in errors) < 1e-12
    else:
        assert found.warnings == []
        numbers = [error or 0.0 for error in [*errors, found.chisqr]]
        assert correct_digits(numbers, [*data["hp_sd"], data["hp_rss"]]) >= LEAST_DIGITS


CERTIFIED_RSQUARED = {
    "Norris": 0.999993745883712,
    "Pontius": 0.999999900178537,
    "NoInt1": 0.999365492298663,
    "NoInt2": 0.993348115299335,
    "Filip": 0.996727416185620,
    "Longley": 0.995479004577296,
    "Wampler1": 1.0,
    "Wampler2": 1.0,
    "Wampler3": 0.999995559025820,
    "Wampler4": 0.957478440825662,
    "Wampler5": 0.224668921574940e-02,
}


@pytest.mark.parametrize("name", LINEAR_SETS)
def test_the_certified_rsquared_is_found_with_a_constant_and_without(name: str) -> None:
    problem = posed(json.loads(LINEAR_SETS[name].read_text()))
    found = statistics(problem, solve(problem.design).parameters)
    assert found.rsquared == pytest.approx(CERTIFIED_RSQUARED[name], rel=1e-12)


def test_coefficients_that_are_not_the_solution_keep_their_own_sum_of_squares() -> None:
    problem = posed({"expr": "a * x", "x": [1.0, 2.0, 3.0], "y": [2.1, 3.9, 6.05]})
    found = statistics(problem, torch.tensor([2.5], dtype=torch.float64))
    assert found.chisqr == pytest.approx(0.4**2 + 1.1**2 + 1.45**2)
