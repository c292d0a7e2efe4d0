"""The Voigt profile and the Faddeeva function behind it."""

import math

import mpmath
import pytest
import torch

from app.fitting.autograd.voigt import Faddeeva, voigt

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")


def numbers(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("x", [0.0, 0.1, 1.0, 3.0, 5.0, 7.9, 8.1, 20.0])
@pytest.mark.parametrize("y", [0.0, 1e-6, 1e-3, 0.1, 1.0, 3.0, 7.9, 10.0])
def test_the_faddeeva_function_is_accurate(x: float, y: float) -> None:
    with mpmath.workdps(40):
        z = mpmath.mpc(x, y)
        exact = mpmath.exp(-z * z) * mpmath.erfc(-1j * z)
    real, imag = Faddeeva.apply(numbers(x), numbers(y))
    assert abs(mpmath.mpc(real.item(), imag.item()) - exact) < 1e-14 * abs(exact)


def test_it_has_derivatives_in_reverse_and_forward_mode_and_second_ones() -> None:
    u, sigma, gamma = (part.requires_grad_() for part in (numbers(-1, 0.3, 9), numbers(0.5, 1, 2), numbers(0.2, 1, 3)))
    assert torch.autograd.gradcheck(voigt, (u, sigma, gamma), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(voigt, (u, sigma, gamma))


def test_it_works_under_vmap() -> None:
    u = torch.linspace(-2, 2, 6, dtype=torch.float64).reshape(2, 3)
    one = torch.ones(3, dtype=torch.float64)
    torch.testing.assert_close(torch.vmap(lambda row: voigt(row, one, one))(u), voigt(u, one, one))


def test_its_area_is_one() -> None:
    u = torch.linspace(-2000, 2000, 400_001, dtype=torch.float64)
    area = voigt(u, numbers(1.5), numbers(0.5)).sum().item() * 0.01
    assert area == pytest.approx(1 - 2 * math.atan(0.5 / 2000) / math.pi, abs=1e-6)


def test_without_gamma_it_is_a_gaussian_and_without_much_sigma_a_lorentzian() -> None:
    u = torch.linspace(-3, 3, 13, dtype=torch.float64)
    torch.testing.assert_close(voigt(u, numbers(1), numbers(0)), torch.exp(-u * u / 2) / math.sqrt(2 * math.pi))
    torch.testing.assert_close(voigt(u, numbers(1e-5), numbers(1)), 1 / (math.pi * (1 + u * u)), rtol=1e-8, atol=0)


def test_at_gamma_0_its_derivative_is_that_of_the_inside() -> None:
    gamma = numbers(0.0).requires_grad_()
    (derivative,) = torch.autograd.grad(voigt(numbers(0.7), numbers(1.2), gamma).sum(), gamma)
    step = 1e-7
    change = voigt(numbers(0.7), numbers(1.2), numbers(step)) - voigt(numbers(0.7), numbers(1.2), numbers(0))
    assert derivative.item() == pytest.approx(change.item() / step, rel=1e-5)


def test_float32_stays_float32() -> None:
    assert voigt(torch.ones(2), torch.ones(2), torch.ones(2)).dtype is torch.float32
