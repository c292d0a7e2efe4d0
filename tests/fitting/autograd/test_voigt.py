"""The Voigt profile and the Faddeeva function behind it."""

import math

import mpmath
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch.func import jacfwd, jacrev, vmap
from torch.utils._python_dispatch import TorchDispatchMode

from app.fitting.autograd.voigt import Faddeeva, voigt

REAL_OPERATIONS = {"add", "sub", "rsub", "mul", "div", "reciprocal", "lt", "_to_copy", "detach"}

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")


def numbers(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def exact_faddeeva(x: float, y: float) -> mpmath.mpc:
    z = mpmath.mpc(x, y)
    if abs(z) < 20:
        return mpmath.exp(-z * z) * mpmath.erfc(-1j * z)
    # Laplace's continued fraction, where erfc would take too many digits.
    below = z
    for k in range(80, 0, -1):
        below = z - mpmath.mpf(k) / 2 / below
    return 1j / mpmath.sqrt(mpmath.pi) / below


class Recorder(TorchDispatchMode):
    """Keeps the names of the operations that reach torch's kernels, and the kinds of numbers that they return."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.dtypes: set[torch.dtype] = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        self.names.append(function.overloadpacket.__name__)
        self.dtypes.add(result.dtype)
        return result


@pytest.mark.parametrize("x", [0.0, 0.1, 1.0, 3.0, 5.0, 7.9, 8.1, 20.0])
@pytest.mark.parametrize("y", [0.0, 1e-6, 1e-3, 0.1, 1.0, 3.0, 7.9, 10.0])
def test_the_faddeeva_function_is_accurate(x: float, y: float) -> None:
    with mpmath.workdps(40):
        exact = exact_faddeeva(x, y)
    real, imag = Faddeeva.apply(numbers(x), numbers(y))
    assert abs(mpmath.mpc(real.item(), imag.item()) - exact) < 1e-14 * abs(exact)


@given(st.floats(-12, 12) | st.floats(-1e6, 1e6), st.floats(0, 12) | st.floats(0, 1e6))
@example(math.nextafter(7.0, 0), 0.0)
@example(7.0, 0.0)
@example(-7.0, 1e-300)
@example(1e6, 1e6)
def test_it_is_accurate_everywhere_above_the_real_axis(x: float, y: float) -> None:
    with mpmath.workdps(40):
        exact = exact_faddeeva(x, y)
    real, imag = Faddeeva.apply(numbers(x), numbers(y))
    assert abs(mpmath.mpc(real.item(), imag.item()) - exact) < 1e-13 * abs(exact)


@pytest.mark.parametrize("x", [8.5, 30.0, -30.0, 1e3, 1e6])
@pytest.mark.parametrize("y", [1e-200, 1e-20, 1e-6, 1.0])
def test_far_from_0_a_real_part_keeps_its_digits_beside_a_large_imaginary_one(x: float, y: float) -> None:
    with mpmath.workdps(400):
        exact = exact_faddeeva(x, y).real - mpmath.exp(mpmath.mpf(y) ** 2 - mpmath.mpf(x) ** 2) * (abs(x) < 20)
    real, _ = Faddeeva.apply(numbers(x), numbers(y))
    assert abs(real.item() - exact) < 1e-14 * exact


def test_it_and_its_derivatives_are_made_of_few_operations_of_real_numbers() -> None:
    x, y = (part.requires_grad_() for part in (numbers(0.3, 9), numbers(0, 2)))
    directions = numbers(1, 2), numbers(3, 4)
    with Recorder() as forward:
        real, imag = Faddeeva.apply(x, y)
    with Recorder() as backward:
        torch.autograd.grad((real, imag), (x, y), directions)
    assert len(forward.names) <= 110
    assert len(backward.names) <= 30
    assert {*forward.names, *backward.names} <= REAL_OPERATIONS
    assert forward.dtypes | backward.dtypes == {torch.bool, torch.float64}


def test_it_has_derivatives_in_reverse_and_forward_mode_and_second_ones() -> None:
    u, sigma, gamma = (part.requires_grad_() for part in (numbers(-1, 0.3, 9), numbers(0.5, 1, 2), numbers(0.2, 1, 3)))
    assert torch.autograd.gradcheck(voigt, (u, sigma, gamma), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(voigt, (u, sigma, gamma))


def test_it_works_under_vmap() -> None:
    u = torch.linspace(-2, 2, 6, dtype=torch.float64).reshape(2, 3)
    one = torch.ones(3, dtype=torch.float64)
    torch.testing.assert_close(vmap(lambda row: voigt(row, one, one))(u), voigt(u, one, one))
    torch.testing.assert_close(vmap(lambda column: voigt(column, one[0], one[0]), 1, 1)(u), voigt(u, one, one))


@pytest.mark.parametrize("outer", [jacfwd, jacrev])
@pytest.mark.parametrize("inner", [jacfwd, jacrev])
def test_derivatives_of_derivatives_are_the_same_in_every_mode(outer, inner) -> None:
    points = torch.linspace(0.3, 1.5, 12, dtype=torch.float64).reshape(4, 3)
    hessians = vmap(outer(inner(lambda point: voigt(*point))))(points)
    for point, hessian in zip(points, hessians, strict=True):
        torch.testing.assert_close(hessian, torch.autograd.functional.hessian(lambda at: voigt(*at), point))


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


def test_float32_stays_float32_and_is_the_rounded_float64() -> None:
    x, y = torch.linspace(-20, 20, 101), torch.linspace(0, 3, 101)
    for single, double in zip(Faddeeva.apply(x, y), Faddeeva.apply(x.double(), y.double()), strict=True):
        torch.testing.assert_close(single, double.float(), rtol=0, atol=0)
