"""Functions that are written in simpler ones have their digits."""

from collections.abc import Callable

import mpmath
import pytest
import torch
from torch import Tensor

from tests.helpers.programs import by_program, by_torch

ARGUMENTS = torch.tensor(
    [1e-12, 1e-3, 0.3, 0.5, 0.7, 1.0, 1.4616, 2.0, 7.3, 10.6, 33.0, 1e4, 1e12, -0.3, -0.7, -1.5, -7.2, -99.6],
    dtype=torch.float64,
)


def exact(function: Callable[[mpmath.mpf], mpmath.mpf]) -> Tensor:
    with mpmath.workdps(40):
        return torch.tensor([float(function(mpmath.mpf(u))) for u in ARGUMENTS.tolist()], dtype=torch.float64)


@pytest.mark.parametrize(
    ("text", "order"), [("lgamma(u)", 0), ("digamma(u)", 0), ("digamma(u)", 1)], ids=["slope", "digamma", "trigamma"]
)
def test_digamma_and_its_derivative_have_all_digits(text: str, order: int) -> None:
    # The derivative of lgamma is digamma, that of digamma is trigamma.
    row = 1 if text == "lgamma(u)" else order
    expected = exact(lambda u: mpmath.polygamma(order, u))
    # Near the zero of digamma and near poles digits cancel.
    torch.testing.assert_close(by_program(text, ARGUMENTS)[row], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("text", ["sigmoid(u)", "softplus(u)", "tanh(u)", "exp(-abs(u))", "log1p(exp(-abs(u)))"])
def test_what_saturates_neither_overflows_nor_loses_digits(text: str) -> None:
    u = torch.tensor([-800.0, -40, -20, -1e-9, 0, 1e-9, 20, 40, 800], dtype=torch.float64)
    torch.testing.assert_close(by_program(text, u), by_torch(text, u), rtol=1e-14, atol=0)


@pytest.mark.parametrize("text", ["asinh(u)", "acosh(u)", "asinh(-u)"])
def test_area_functions_have_their_digits_up_to_the_largest_numbers(text: str) -> None:
    u = torch.tensor([1.5, 1e8, 9.99e8, 1.001e9, 1e12, 1e154, 1e200, 1.7e308], dtype=torch.float64)
    function = mpmath.acosh if text == "acosh(u)" else mpmath.asinh
    sign = -1 if "-" in text else 1
    expected = torch.tensor([sign * float(function(mpmath.mpf(value))) for value in u.tolist()], dtype=torch.float64)
    torch.testing.assert_close(by_program(text, u)[0], expected, rtol=5e-16, atol=0)


def test_gamma_has_the_sign_that_it_has_between_its_poles() -> None:
    u = torch.tensor([-0.5, -1.5, -2.5, -3.5, 0.5, 5.0], dtype=torch.float64)
    expected = torch.tensor([float(mpmath.gamma(value)) for value in u.tolist()], dtype=torch.float64)
    torch.testing.assert_close(by_program("gamma(u)", u)[0], expected, rtol=1e-14, atol=0)


@pytest.mark.parametrize("divisor", ["0.3", "-0.3", "7"])
def test_a_remainder_has_no_rounding_of_its_quotient(divisor: str) -> None:
    u = torch.tensor([1e17, -1e17, 5e15, 1e-320, -1e-320, 0.75, -0.75, 0.0], dtype=torch.float64)
    expected = torch.remainder(u, torch.tensor(float(divisor), dtype=torch.float64))
    torch.testing.assert_close(by_program(f"mod(u, {divisor})", u)[0], expected, rtol=0, atol=0)
    turned = f"mod({divisor}, u - 0.01)"
    torch.testing.assert_close(by_program(turned, u)[1], by_torch(turned, u)[1], rtol=1e-14, atol=0)
