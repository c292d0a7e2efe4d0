"""NIST StRD linear least squares, solved directly: certified parameters and standard errors.

The values in the data files were worked out anew to 32 digits and agree with all certified ones. What is left of an
error is mostly the data's own rounding to float64 (source: NIST Statistical Reference Datasets, public domain).
"""

import json
from typing import Any

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers.least_squares import LinearSolution, solve
from app.fitting.problems.data import Data
from app.fitting.problems.design_matrix import design_of
from tests.helpers.certified import EXACT, LINEAR_SETS, correct_digits

LEAST_DIGITS = 13


@pytest.fixture(scope="module", params=LINEAR_SETS)
def judged(request: pytest.FixtureRequest) -> tuple[dict[str, Any], LinearSolution]:
    """Return a data set and its solution."""
    data = json.loads(LINEAR_SETS[request.param].read_text())
    x = torch.tensor(data["x"], dtype=torch.float64)
    variables = {"x": x} if x.ndim == 1 else {f"x{i}": column for i, column in enumerate(x.T, 1)}
    formula = parse(data["expr"], variables)
    y = torch.tensor(data["y"], dtype=torch.float64)
    return data, solve(design_of(formula, Data(variables, y), Parameters(formula.parameters)))


def test_the_certified_parameters_are_found(judged: tuple[dict[str, Any], LinearSolution]) -> None:
    data, solution = judged
    assert correct_digits(solution.parameters.tolist(), data["hp_params"]) >= LEAST_DIGITS


def test_the_certified_standard_errors_are_found(judged: tuple[dict[str, Any], LinearSolution]) -> None:
    data, solution = judged
    assert solution.inverse is not None
    variance = solution.chisqr / (len(data["y"]) - len(data["hp_params"]))
    errors = (solution.inverse.diagonal() * variance).sqrt().tolist()
    chisqr = solution.chisqr.item()
    if data["name"] in EXACT:
        assert max(*errors, chisqr) < 1e-12
    else:
        assert correct_digits([*errors, chisqr], [*data["hp_sd"], data["hp_rss"]]) >= LEAST_DIGITS
