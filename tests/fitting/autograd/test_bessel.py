"""Bessel functions have their digits, as a share of the amplitude of their swings, and so have their derivatives."""

import math

import mpmath
import numpy as np
import pytest
import torch

from app.fitting.autograd.bessel import j0, j1
from app.fitting.autograd.interpolation import interpolated, polynomial
from tests.helpers.derivatives import derivative, exact

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")

SIZES = [0.0, 1e-9, 0.3, 2.404825557695773, 3.8, 7.999999, 8.0, 8.1, 11.7, 30.0, 251.3, 1e4, 123456.789]
NUMBERS = SIZES + [-size for size in SIZES]
FUNCTIONS = {"j0": j0, "j1": j1}


@pytest.mark.parametrize("order", [0, 1, 2, 4])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_functions_and_their_derivatives_have_their_digits(name: str, order: int) -> None:
    expected = exact(lambda u: mpmath.besselj(int(name[1]), u, derivative=order), NUMBERS)
    for u, value, right in zip(NUMBERS, derivative(FUNCTIONS[name], order, NUMBERS), expected, strict=True):
        assert abs(value - right) < 5e-15 * min(1, math.sqrt(2 / math.pi / (abs(u) or 1))), u


def test_a_small_argument_leaves_j1_its_relative_digits() -> None:
    assert j1(torch.tensor([1e-200, -1e-9], dtype=torch.float64)).tolist() == pytest.approx([5e-201, -5e-10], rel=1e-15)


def test_float32_is_the_rounded_float64() -> None:
    u = torch.linspace(-20, 20, 101)
    assert j0(u).equal(j0(u.double()).float())


def test_an_interpolated_function_is_right_between_its_points() -> None:
    t = torch.linspace(-1, 1, 101, dtype=torch.float64)
    torch.testing.assert_close(polynomial(interpolated(np.exp, 16), t), torch.exp(t), rtol=2e-15, atol=0)
