"""Series of orthogonal functions as formulas."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.fitting.formulas.formula import parse
from app.fitting.formulas.linearity import is_linear
from app.fitting.formulas.parameters import Parameters
from app.fitting.formulas.series import (
    SERIES,
    Scale,
    SeriesError,
    coefficient_names,
    highest_degree,
    natural_scale,
    series_formula,
)


def numbers(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("series", list(SERIES))
@settings(max_examples=6)
@given(st.integers(0, 12), st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_a_series_is_a_formula_linear_in_its_coefficients(series: str, degree: int, origin: float, unit: float) -> None:
    degree = min(degree, highest_degree(series, Scale(origin, unit)))
    formula = parse(series_formula(series, degree, Scale(origin, unit)))
    assert formula.parameters == coefficient_names(series, degree)
    assert is_linear(formula, Parameters(formula.parameters))


@pytest.mark.parametrize(
    ("series", "value"),
    [
        ("legendre", 0.5 * (5 * 0.4**3 - 3 * 0.4)),
        ("chebyshev", 4 * 0.4**3 - 3 * 0.4),
        ("hermite", 8 * 0.4**3 - 12 * 0.4),
    ],
)
def test_the_third_function_is_the_textbooks(series: str, value: float) -> None:
    formula = parse(series_formula(series, 3, Scale(1.0, 2.0)))
    coefficients = {name: numbers(1.0 if name == "c3" else 0.0) for name in formula.parameters}
    assert formula({"x": numbers(1.8), **coefficients}).item() == pytest.approx(value, rel=1e-14)


def test_a_fourier_series_has_its_period() -> None:
    formula = parse(series_formula("fourier", 2, Scale.of_period(3.0)))
    coefficients = {name: numbers(1.0) for name in formula.parameters}
    first, later = (formula({"x": numbers(x), **coefficients}).item() for x in (0.7, 3.7))
    assert first == pytest.approx(later, rel=1e-12)
    expected = 1 + sum(math.cos(2 * math.pi * k * 0.7 / 3) + math.sin(2 * math.pi * k * 0.7 / 3) for k in (1, 2))
    assert first == pytest.approx(expected, rel=1e-12)


def test_natural_scales_are_those_of_the_weights() -> None:
    x = numbers(2.0, 3.0, 4.0, 7.0)
    assert natural_scale("legendre", x) == Scale(4.5, 2.5)
    assert natural_scale("fourier", x) == Scale(0.0, 5.0)
    assert natural_scale("laguerre", x)(x).mean().item() == pytest.approx(1)
    assert natural_scale("hermite", x)(x).square().mean().item() == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("series", "degree", "field"), [("bessel", 2, "series"), ("legendre", -1, "degree"), ("legendre", 99, "degree")]
)
def test_what_there_is_not_is_named(series: str, degree: int, field: str) -> None:
    with pytest.raises(SeriesError) as caught:
        series_formula(series, degree, Scale(0.0, 1.0))
    assert caught.value.field == field


def test_one_x_makes_no_scale() -> None:
    with pytest.raises(SeriesError, match="two different x"):
        natural_scale("legendre", numbers(1.0, 1.0))


def test_the_highest_degree_is_the_last_that_can_be_written() -> None:
    scale = Scale(0.123456789, 9.87654321)
    highest = highest_degree("chebyshev", scale)
    series_formula("chebyshev", highest, scale)
    with pytest.raises(SeriesError):
        series_formula("chebyshev", highest + 1, scale)
