"""Arithmetic with twice the digits of float64, against exact fractions."""

import math
from collections.abc import Callable
from fractions import Fraction
from operator import add, mul, sub, truediv

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from app.fitting.numerics.double_double import DoubleDouble, two_product, two_sum

numbers = st.floats(1e-60, 1e60) | st.floats(-1e60, -1e-60)
fractions = st.tuples(numbers, st.floats(-1, 1)).map(lambda parts: (parts[0], parts[1] * math.ulp(parts[0]) / 2))


def scalar(number: float) -> Tensor:
    return torch.tensor(number, dtype=torch.float64)


def exact(number: DoubleDouble | tuple[Tensor, Tensor]) -> Fraction:
    high, low = (number.high, number.low) if isinstance(number, DoubleDouble) else number
    return Fraction(high.item()) + Fraction(low.item())


def double_double(parts: tuple[float, float]) -> DoubleDouble:
    return DoubleDouble(*two_sum(*map(scalar, parts)))


@given(numbers, numbers)
def test_sum_and_product_of_floats_are_exact(a: float, b: float) -> None:
    assert exact(two_sum(scalar(a), scalar(b))) == Fraction(a) + Fraction(b)
    assert exact(two_product(scalar(a), scalar(b))) == Fraction(a) * Fraction(b)


@pytest.mark.parametrize("operation", [add, sub, mul, truediv])
@given(a=fractions, b=fractions)
def test_operations_keep_31_digits(
    operation: Callable[..., DoubleDouble], a: tuple[float, float], b: tuple[float, float]
) -> None:
    left, right = double_double(a), double_double(b)
    found, true = exact(operation(left, right)), operation(exact(left), exact(right))
    assert abs(found - true) <= Fraction(1e-31) * abs(true)


@given(st.floats(0.1, 100) | st.floats(-100, -0.1), st.integers(-100, 100))
def test_powers_keep_29_digits(base: float, exponent: int) -> None:
    found, true = exact(DoubleDouble.of(scalar(base)) ** exponent), Fraction(base) ** exponent
    assert abs(found - true) <= Fraction(1e-29) * abs(true)


@given(st.lists(st.floats(-1e30, 1e30), max_size=20))
def test_sums_of_many_keep_30_digits_of_the_largest(terms: list[float]) -> None:
    found = exact(DoubleDouble.of(torch.tensor(terms, dtype=torch.float64)).sum())
    largest = max(map(abs, terms), default=0.0)
    assert abs(found - sum(map(Fraction, terms))) <= Fraction(1e-30) * Fraction(largest)


@pytest.mark.parametrize("operation", [add, sub, mul, truediv])
@pytest.mark.parametrize("a", [0.0, 1.0, -math.inf, math.inf, math.nan, 1.7e308, -1e305])
@pytest.mark.parametrize("b", [0.0, 3.0, math.inf, math.nan, 1.7e308, 1e-300])
def test_beyond_the_range_it_is_float64(operation: Callable[..., DoubleDouble], a: float, b: float) -> None:
    found = operation(DoubleDouble.of(scalar(a)), DoubleDouble.of(scalar(b)))
    torch.testing.assert_close(found.high, operation(scalar(a), scalar(b)), rtol=1e-15, atol=0, equal_nan=True)
    assert found.low.isfinite()


def test_operands_broadcast() -> None:
    row, column = DoubleDouble.of(torch.ones(1, 3)), DoubleDouble.of(torch.ones(2, 1))
    assert (row + column).shape == (2, 3)


def test_scaling_by_powers_of_two_is_exact() -> None:
    third = DoubleDouble.of(scalar(1.0)) / DoubleDouble.of(scalar(3.0))
    scaled = third.times_power_of_two(torch.tensor(-70))
    assert exact(scaled) == exact(third) / 2**70
