"""Statistics and bands agree with lmfit and statsmodels; make.py made the numbers with them."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss, needs_threshold, robust_loss
from app.fitting.problems.problem import Problem
from app.fitting.profile import profile_intervals
from app.fitting.statistics import Statistics, statistics
from app.fitting.statistics.bands import Band, Uncertainty, predict
from app.fitting.training import start, train

REFERENCES = json.loads(Path(__file__).with_name("references.json").read_text())
CLOSE = 5e-7
"""Six digits."""


def tensor(numbers: Sequence[float]) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def posed(case: dict[str, Any]) -> Problem:
    variables = {name: tensor(column) for name, column in case["x"].items()}
    formula = parse(case["model"], variables)
    lower = {name: bounds[0] for name, bounds in case.get("bounds", {}).items()}
    upper = {name: bounds[1] for name, bounds in case.get("bounds", {}).items()}
    fixed = case.get("fixed", {})
    untied = [name for name in formula.parameters if name not in case.get("tied", {})]
    tied = {name: parse_tie(text, untied) for name, text in case.get("tied", {}).items()}
    parameters = Parameters(formula.parameters, fixed, tied, lower, upper)
    factor = 1 / tensor(case["sigma"]) if case.get("sigma") else None
    data = Data(variables, tensor(case["y"]), factor, case.get("absolute", False))
    name = case.get("loss", "squares")
    loss = make_loss(name, robust_loss(name).tuning * case["scale"] if needs_threshold(name) else None)
    guess = {"a": 1.0, "b": 0.5, "k": 0.5, "c": 0.4, "d": 0.0}
    return Problem(formula, data, parameters, tensor([guess[name] for name in parameters.free]), loss)


def minimum(problem: Problem) -> Tensor:
    optimizer = make_optimizer("levenberg_marquardt")
    *_, last = train(problem, optimizer, start(problem, optimizer, problem.start), 500, 1.0)
    assert last.stop is not None
    assert last.stop.reason == "converged"
    return last.checkpoint.parameters


@cache
def fitted(name: str) -> tuple[Problem, Tensor, Statistics]:
    """Return a case with its coefficients (free,) and statistics."""
    problem = posed(REFERENCES["cases"][name])
    parameters = minimum(problem)
    return problem, parameters, statistics(problem, parameters, REFERENCES["level"])


def each_with(field: str) -> pytest.MarkDecorator:
    """Every case whose reference has this field."""
    return pytest.mark.parametrize(
        ("name", "reference"),
        [(name, case["reference"]) for name, case in REFERENCES["cases"].items() if field in case["reference"]],
        ids=[name for name, case in REFERENCES["cases"].items() if field in case["reference"]],
    )


@each_with("coefficients")
def test_coefficients_and_standard_errors(name: str, reference: dict[str, Any]) -> None:
    problem, parameters, found = fitted(name)
    assert problem.coefficients(parameters) == pytest.approx(reference["coefficients"], rel=CLOSE)
    for parameter, error in reference["stderr"].items():
        assert found.stderr[parameter] == (None if error is None else pytest.approx(error, rel=CLOSE)), parameter


@each_with("covar")
def test_covariance(name: str, reference: dict[str, Any]) -> None:
    assert fitted(name)[2].covar == [pytest.approx(row, rel=CLOSE) for row in reference["covar"]]


@each_with("correl")
def test_correlations(name: str, reference: dict[str, Any]) -> None:
    assert fitted(name)[2].correl == [pytest.approx(row, rel=CLOSE) for row in reference["correl"]]


@each_with("low")
def test_confidence_intervals(name: str, reference: dict[str, Any]) -> None:
    for parameter, low in reference["low"].items():
        high = reference["high"][parameter]
        assert fitted(name)[2].confidence_intervals[parameter] == pytest.approx((low, high), rel=CLOSE)


@each_with("coefficients")
def test_goodness_of_fit(name: str, reference: dict[str, Any]) -> None:
    problem, parameters, found = fitted(name)
    for field in {*asdict(found)} & {*reference} - {"stderr", "covar", "correl"}:
        assert getattr(found, field) == pytest.approx(reference[field], rel=CLOSE), field
    if "loss" in reference:
        assert problem.loss(parameters).item() == pytest.approx(reference["loss"], rel=CLOSE)


@each_with("predicted")
def test_bands(name: str, reference: dict[str, Any]) -> None:
    case, (problem, parameters, found) = REFERENCES["cases"][name], fitted(name)
    assert found.covar is not None
    estimated = case.get("loss") is None and not case.get("absolute")
    known = Uncertainty(
        found.var_names, tensor(found.covar), found.response_variance, found.nfree if estimated else None
    )
    new = {variable: tensor(column) for variable, column in case.get("new", REFERENCES["new"]).items()}
    values, bands = predict(problem.formula, problem.parameters, parameters, new, known, REFERENCES["level"])
    assert bands is not None
    assert values.tolist() == pytest.approx(reference["predicted"], rel=CLOSE)
    assert bands.stderr.tolist() == pytest.approx(reference["predicted_stderr"], rel=CLOSE)
    for field, band in (("confidence", bands.confidence), ("prediction", bands.prediction)):
        if field in reference:
            assert limits(band) == [pytest.approx(limit, rel=CLOSE) for limit in reference[field]]


def limits(band: Band) -> list[list[float]]:
    return [band.lower.tolist(), band.upper.tolist()]


@pytest.mark.parametrize("kind", REFERENCES["profiles"])
def test_profile_intervals(kind: str) -> None:
    case = REFERENCES["profiles"][kind]
    problem = posed(
        case | {"model": "a * exp(-k * x) + c", "x": {"x": case["x"]}, "absolute": kind == "absolute"},
    )
    pieces = profile_intervals(problem, minimum(problem), REFERENCES["level"])
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            found = end.value
            break
    assert found == {name: pytest.approx(ends, rel=1e-8) for name, ends in case["ends"].items()}
