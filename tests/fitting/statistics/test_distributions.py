"""Quantiles and probabilities where they are known in closed form, and as mpmath 1.4.1 and scipy 1.17.1 have them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.fitting.statistics.distributions import above_chi_squared, above_f, two_sided

LEVELS = st.floats(0.01, 0.999999)
CLOSE = 4e-12


@given(LEVELS)
def test_one_degree_of_freedom_is_cauchys_distribution(level: float) -> None:
    assert two_sided(level, 1) == pytest.approx(math.tan(math.pi / 2 * level), rel=1e-9)


@given(LEVELS)
def test_two_degrees_of_freedom_have_a_closed_form(level: float) -> None:
    assert two_sided(level, 2) == pytest.approx(level * math.sqrt(2 / (1 - level**2)), rel=1e-9)


@pytest.mark.parametrize(
    ("level", "degrees", "quantile"),
    [
        (0.95, 3, 3.1824463052837091),
        (0.6827, 7, 1.0767385673224845),
        (0.999, 50, 3.4960128818111396),
        (0.95, 999, 1.9623414611334487),
        (0.95, 1000, 1.9623390808264074),
        (0.95, 123_456, 1.9599832002451868),
        (0.95, None, 1.9599639845400542),
    ],
)
def test_quantiles(level: float, degrees: int | None, quantile: float) -> None:
    assert two_sided(level, degrees) == pytest.approx(quantile, rel=CLOSE)


@given(st.floats(1e-300, 1e-17), st.integers(1, 999))
def test_near_0_it_is_the_level_divided_by_twice_the_density_there(level: float, degrees: int) -> None:
    density = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)
    assert two_sided(level, degrees) == pytest.approx(level / (2 * density), rel=1e-11 if level > 1e-150 else 1)


@given(LEVELS, st.integers(1, 2000))
def test_more_degrees_of_freedom_bring_it_nearer_to_the_normal_distribution(level: float, degrees: int) -> None:
    fewer, more, normal = two_sided(level, degrees), two_sided(level, degrees + 1), two_sided(level)
    assert fewer * (1 + CLOSE) >= more >= normal * (1 - CLOSE)


@pytest.mark.parametrize("degrees", [None, 1, 3, 10_000])
def test_no_level_is_too_near_to_none_or_to_all(degrees: int | None) -> None:
    assert math.isfinite(two_sided(1 - 2.0**-53, degrees))
    assert two_sided(5e-324, degrees) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("f", "numerator", "denominator", "expected"),
    [
        (1.7181688705829745, 1, 19, 0.20555227241044563),
        (4.0, 3, 10, 0.04134768103608254),
        (1e-3, 5, 2, 0.999999689444612),
        (50, 2, 9, 1.3355865958049657e-05),
    ],
)
def test_the_probability_of_a_larger_f_is_that_of_scipy(
    f: float, numerator: float, denominator: float, expected: float
) -> None:
    assert above_f(f, numerator, denominator) == pytest.approx(expected, rel=1e-9)


def test_f_with_one_degree_of_freedom_is_the_square_of_t() -> None:
    assert above_f(two_sided(0.95, 7) ** 2, 1, 7) == pytest.approx(0.05, rel=1e-9)
    assert above_f(0.0, 3, 7) == 1


def test_the_probability_of_a_larger_chi_squared() -> None:
    assert above_chi_squared(two_sided(0.99) ** 2, 1) == pytest.approx(0.01, rel=1e-9)
    assert above_chi_squared(12.0, 2) == pytest.approx(math.exp(-6))
    assert above_chi_squared(-1e-9, 2) == 1
