"""Lambert's W has all its digits from the branch point on, and so have its derivatives."""

import math

import mpmath
import pytest
import torch

from app.fitting.autograd.lambert import lambertw
from tests.helpers.derivatives import derivative, exact

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")

BRANCH = -math.exp(-1)
NUMBERS = [BRANCH * (1 - 10.0**-k) for k in (15, 12, 8, 4, 2, 1)]
NUMBERS += [-1e-3, -1e-300, 1e-300, 1e-9, 0.3, math.nextafter(1, 0), 1.0, math.e, 30.0, 1e9, 1e150, 1e308]


def w(u: mpmath.mpf) -> mpmath.mpf:
    return mpmath.lambertw(u).real


def test_it_has_all_digits() -> None:
    assert derivative(lambertw, 0, NUMBERS) == pytest.approx(exact(w, NUMBERS), rel=1e-15, abs=0)


def test_its_derivatives_have_all_digits_beside_the_branch_point_and_far_out() -> None:
    first = exact(lambda u: mpmath.exp(-w(u)) / (1 + w(u)), NUMBERS)
    assert derivative(lambertw, 1, NUMBERS) == pytest.approx(first, rel=2e-15, abs=0)
    second = exact(lambda u: -mpmath.exp(-2 * w(u)) * (w(u) + 2) / (1 + w(u)) ** 3, NUMBERS[:-2])
    assert derivative(lambertw, 2, NUMBERS[:-2]) == pytest.approx(second, rel=1e-14, abs=0)


def test_it_ends_at_the_branch_point() -> None:
    u = torch.tensor([BRANCH, -0.368, -math.inf, math.inf, math.nan], dtype=torch.float64)
    torch.testing.assert_close(
        lambertw(u), torch.tensor([-1, math.nan, math.nan, math.inf, math.nan], dtype=torch.float64), equal_nan=True
    )
    assert derivative(lambertw, 1, [BRANCH, math.inf]) == [math.inf, 0]


def test_it_is_the_inverse_of_w_exp_w() -> None:
    at = torch.linspace(-0.99, 600, 1001, dtype=torch.float64)
    torch.testing.assert_close(lambertw(at * torch.exp(at)), at, rtol=1e-14, atol=1e-13)


def test_float32_is_the_rounded_float64() -> None:
    u = torch.linspace(-0.36, 20, 101)
    assert lambertw(u).equal(lambertw(u.double()).float())
