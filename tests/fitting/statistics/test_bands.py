"""Bands about a fitted model; test_references compares them with those of lmfit and statsmodels."""

import math

import pytest
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.numerics.tall_qr import POINTS_AT_ONCE
from app.fitting.statistics.bands import Bands, Uncertainty, predict


def tensor(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def bands_of(known: Uncertainty, x: Tensor, sigma: Tensor | None = None, model: str = "a * x") -> Bands:
    formula = parse(model)
    _, bands = predict(formula, Parameters(formula.parameters), tensor(2), {"x": x}, known, 0.95, sigma)
    assert bands is not None
    return bands


SLOPE = Uncertainty(["a"], tensor(0.09)[:, None], 16.0, None)
"""The standard error of a is 0.3, the standard deviation of a response 4."""


def test_the_standard_error_of_a_proportion_grows_in_proportion() -> None:
    assert bands_of(SLOPE, tensor(0, 1, -10)).stderr.tolist() == pytest.approx([0, 0.3, 3])


def test_a_further_response_scatters_about_the_model() -> None:
    bands = bands_of(SLOPE, tensor(0, 10))
    half = (bands.prediction.upper - bands.prediction.lower) / 2 / 1.959963985
    assert half.tolist() == pytest.approx([4, 5])


def test_a_less_certain_response_scatters_more() -> None:
    bands = bands_of(SLOPE, tensor(0, 0), sigma=tensor(1, 3))
    half = (bands.prediction.upper - bands.prediction.lower) / 2 / 1.959963985
    assert half.tolist() == pytest.approx([4, 12])


def test_few_degrees_of_freedom_make_bands_wider() -> None:
    few = bands_of(Uncertainty(["a"], tensor(0.09)[:, None], 16.0, 2), tensor(1)).confidence
    many = bands_of(SLOPE, tensor(1)).confidence
    assert (few.upper - few.lower).item() / (many.upper - many.lower).item() == pytest.approx(4.302652730 / 1.959963985)


def test_counts_scatter_as_much_as_they_are() -> None:
    known = Uncertainty(["a"], tensor(0.0)[:, None], None, None)
    bands = bands_of(known, tensor(50))
    assert bands.prediction.upper.item() == pytest.approx(100 + 1.959963985 * 10)


def test_a_tied_parameter_moves_with_the_one_it_is_tied_to() -> None:
    formula = parse("a + b * x")
    parameters = Parameters(formula.parameters, tied={"b": parse_tie("2 * a", ["a"])})
    values, bands = predict(formula, parameters, tensor(1), {"x": tensor(3)}, SLOPE, 0.95)
    assert bands is not None
    assert (values.item(), bands.stderr.item()) == (pytest.approx(7), pytest.approx(7 * 0.3))


def test_a_parameter_at_its_bound_counts_as_known() -> None:
    formula = parse("b + a * x")
    _, bands = predict(formula, Parameters(formula.parameters), tensor(5, 2), {"x": tensor(1)}, SLOPE, 0.95)
    assert bands is not None
    assert bands.stderr.item() == pytest.approx(0.3)


def test_nothing_known_makes_no_bands() -> None:
    formula = parse("a * x")
    values, bands = predict(formula, Parameters(formula.parameters), tensor(2), {"x": tensor(1, 2)}, None, 0.95)
    assert (values.tolist(), bands) == ([2, 4], None)


def test_a_model_without_x_has_the_same_value_everywhere() -> None:
    bands = bands_of(SLOPE, tensor(1, 2), model="a")
    assert bands.stderr.tolist() == pytest.approx([0.3, 0.3])


def test_where_the_model_has_no_value_there_is_none() -> None:
    bands = bands_of(SLOPE, tensor(-1, 4), model="a * sqrt(x)")
    assert [math.isnan(error) for error in bands.stderr.tolist()] == [True, False]


def test_many_points_are_worked_out_as_few_are() -> None:
    x = torch.linspace(-3, 3, POINTS_AT_ONCE + 5, dtype=torch.float64)
    many, last = bands_of(SLOPE, x, model="exp(a * x)"), bands_of(SLOPE, x[-3:], model="exp(a * x)")
    assert many.stderr[-3:].tolist() == pytest.approx(last.stderr.tolist(), rel=1e-14)
