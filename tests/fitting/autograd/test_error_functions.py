"""The error functions have all their digits, and so have their derivatives, in the tails too."""

import math

import mpmath
import pytest
import torch
from torch import Tensor

from app.fitting.autograd.error_functions import erfcx, erfinv, exp_erfc
from tests.helpers.derivatives import derivative, exact

pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")

NUMBERS = [-26.0, -7.3, -1.0, -1e-3, 0.0, 1e-9, 1e-3, 0.4, 1.0, 2.7, 5.5, 9.9, 26.5, 27.5, 300.0, 1e5, 1e12]
IN_FLOAT64 = {"dtype": torch.float64}


def scaled(order: int, u: mpmath.mpf) -> mpmath.mpf:
    """Return a derivative of exp(u^2) erfc(u), by Tricomi's function where u is positive."""
    factor = (-2) ** order * mpmath.factorial(order)
    if u > 0:
        near = mpmath.hyperu(mpmath.mpf(order + 1) / 2, 0.5, u * u)
        return factor * near / mpmath.sqrt(mpmath.pi) / mpmath.mpf(2) ** order
    return mpmath.diff(lambda z: mpmath.exp(z * z) * mpmath.erfc(z), u, order)


@pytest.mark.parametrize("order", [0, 1, 2, 3, 5])
def test_erfcx_and_its_derivatives_have_all_digits_however_far_out(order: int) -> None:
    expected = exact(lambda u: scaled(order, u), NUMBERS)
    assert derivative(erfcx, order, NUMBERS) == pytest.approx(expected, rel=1e-14, abs=1e-300)


def test_erfcx_is_0_and_infinite_at_the_ends() -> None:
    assert erfcx(torch.tensor([math.inf, -27.0, -math.inf])).tolist() == [0, math.inf, math.inf]


def product(u: float, v: float) -> mpmath.mpf:
    """Return exp(u) erfc(v) in many digits."""
    if v < 20:
        return mpmath.exp(mpmath.mpf(u)) * mpmath.erfc(mpmath.mpf(v))
    return mpmath.exp(mpmath.mpf(u) - mpmath.mpf(v) ** 2) * scaled(0, mpmath.mpf(v))


def test_a_product_of_exp_and_erfc_has_all_digits_where_its_factors_have_no_numbers() -> None:
    sizes = [*torch.linspace(-6, 40, 60, **IN_FLOAT64).tolist(), *torch.logspace(1, 6, 60, **IN_FLOAT64).tolist()]
    pairs = [(v * v * (v > 0) + (97 * place) % 1200 - 600, v) for place, v in enumerate(sizes)]
    u, v = (torch.tensor(column, **IN_FLOAT64, requires_grad=True) for column in zip(*pairs, strict=True))
    values = exp_erfc(u, v)
    by_u, by_v = torch.autograd.grad(values.sum(), (u, v))
    with mpmath.workdps(60):
        expected = [float(product(*pair)) for pair in pairs]
        slopes = [float(-2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(mpmath.mpf(a) - mpmath.mpf(b) ** 2)) for a, b in pairs]
    assert values.tolist() == pytest.approx(expected, rel=2e-15, abs=1e-305)
    assert by_u.tolist() == values.tolist()
    assert by_v.tolist() == pytest.approx(slopes, rel=2e-15, abs=1e-305)


def test_a_product_of_exp_and_erfc_of_usual_numbers_is_that_of_the_functions() -> None:
    u, v = torch.linspace(-50, 50, 101, **IN_FLOAT64), torch.linspace(-20, 20, 101, **IN_FLOAT64)
    assert exp_erfc(u, v).equal(torch.exp(u) * torch.erfc(v))


def test_a_product_of_exp_and_erfc_has_second_derivatives() -> None:
    u, v = (torch.tensor(x, **IN_FLOAT64, requires_grad=True) for x in ([0.3, 2.0, 900.0], [-1.0, 1.5, 30.1]))
    assert torch.autograd.gradcheck(exp_erfc, (u, v), check_forward_ad=True, rtol=1e-5)
    assert torch.autograd.gradgradcheck(exp_erfc, (u, v), rtol=1e-5)


@pytest.mark.parametrize(("u", "v", "value"), [(math.inf, 3.0, math.inf), (5.0, math.inf, 0.0), (-math.inf, -1.0, 0.0)])
def test_infinite_arguments_of_a_product_of_exp_and_erfc(u: float, v: float, value: float) -> None:
    assert exp_erfc(torch.tensor(u, **IN_FLOAT64), torch.tensor(v, **IN_FLOAT64)).item() == value


def test_dtypes_promote_and_shapes_broadcast() -> None:
    result = exp_erfc(torch.zeros(3, 1), torch.zeros(2, **IN_FLOAT64))
    assert (result.shape, result.dtype) == ((3, 2), torch.float64)


def inverse(u: mpmath.mpf) -> mpmath.mpf:
    """Return the number whose erf is u, by Newton's steps on the logarithm of erfc."""
    size = abs(u)
    if size < 0.5:
        return mpmath.erfinv(u)
    x = mpmath.sqrt(-mpmath.log(1 - size))
    for _ in range(60):
        slope = -2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-x * x) / mpmath.erfc(x)
        x -= (mpmath.log(mpmath.erfc(x)) - mpmath.log(1 - size)) / slope
    return mpmath.sign(u) * x


PROBABILITIES = [1e-300, 1e-9, 0.1, 0.8499, 0.8501, 0.99, 1 - 1e-6, 1 - 1e-10, 1 - 1e-12, math.nextafter(1, 0)]


def test_erfinv_has_all_digits_up_to_1_and_its_derivative_as_many_as_its_square_has() -> None:
    points = PROBABILITIES + [-u for u in PROBABILITIES]
    assert derivative(erfinv, 0, points) == pytest.approx(exact(inverse, points), rel=2e-15)
    slopes = exact(lambda u: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(inverse(u) ** 2), points)
    assert derivative(erfinv, 1, points) == pytest.approx(slopes, rel=3e-14)


def test_erfinv_is_infinite_at_1_and_no_number_outside() -> None:
    assert erfinv(torch.tensor([1.0, -1.0])).tolist() == [math.inf, -math.inf]
    assert erfinv(torch.tensor([1.0001, -2.0, math.inf])).isnan().all()


@pytest.mark.parametrize("function", [erfcx, erfinv])
def test_float32_is_the_rounded_float64(function) -> None:
    u: Tensor = torch.linspace(-0.99, 0.99, 101)
    assert function(u).equal(function(u.double()).float())
