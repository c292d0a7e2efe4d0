"""Integrals against their closed forms."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from app.fitting.numerics.quadrature import integrals


def tensor(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def integral(function: Callable[[Tensor], Tensor], *knots: float) -> float:
    return float(integrals(lambda x: function(x)[:, None], tensor(*knots)))


@pytest.mark.parametrize(
    ("function", "low", "high", "expected", "precision"),
    [
        (torch.exp, 0, 3, math.expm1(3), 1e-14),
        (lambda x: torch.exp(-((x - 3) ** 2) / 2), -50, 50, math.sqrt(2 * math.pi), 1e-13),
        (lambda x: torch.sin(50 * x), 0, 10, (1 - math.cos(500)) / 50, 1e-11),
        (torch.log, 0, 1, -1, 1e-11),
        (lambda x: x**-0.5, 0, 1, 2, 1e-10),
        (lambda x: (x - 0.3).abs(), 0, 1, 0.29, 1e-11),
        (lambda x: (x > 0.3).double(), 0, 1, 0.7, 1e-11),
        (lambda x: (1e8 + torch.sin(x)) - 1e8, 0, 3, 1 - math.cos(3), 1e-8),
    ],
    ids=["smooth", "peak", "oscillation", "logarithm", "root", "kink", "jump", "rounding"],
)
def test_an_integral_is_that_of_the_closed_form(
    function: Callable[[Tensor], Tensor], low: float, high: float, expected: float, precision: float
) -> None:
    assert integral(function, low, high) == pytest.approx(expected, rel=precision)


def test_an_integral_that_does_not_exist_is_nan() -> None:
    assert math.isnan(integral(lambda x: 1 / x, 0, 1))
    assert math.isnan(integral(torch.log, -1, 1))


def test_a_narrow_peak_is_found_where_knots_stand() -> None:
    def peak(x: Tensor) -> Tensor:
        return torch.exp(-(((x - 700) / 1e-3) ** 2))

    around = integral(peak, 0, 699.999, 700, 700.001, 1000)
    assert around == pytest.approx(1e-3 * math.sqrt(math.pi), rel=1e-12)


def test_many_functions_are_integrated_at_once() -> None:
    powers = torch.arange(4)
    found = integrals(lambda x: x[:, None] ** powers, tensor(0, 1))
    assert found.tolist() == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4], rel=1e-15)
