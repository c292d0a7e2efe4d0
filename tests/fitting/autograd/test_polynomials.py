"""Values of the classical orthogonal polynomials: against mpmath, by their laws, and what is refused."""

import math

import mpmath
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.fitting.autograd import polynomials

UNIT_INTERVAL = [math.cos(math.pi * k / 10) for k in range(11)]
REAL_LINE = [-10.0, -7.3, -3.1, -1.0, -0.2, 0.0, 0.7, 2.9, 6.1, 9.0, 10.0]
HALF_LINE = [0.0, 1e-3, 0.4, 1.1, 3.3, 9.0, 17.5, 26.0, 38.1, 47.0, 50.0]

GEGENBAUER_PARAMETERS = [-0.49, -0.25, 1e-9, 0.5, 1.5, 7.5, 200.0]
JACOBI_PARAMETERS = [
    (0.0, 0.0),
    (-0.5, -0.5),
    (-0.25, -0.75),
    (0.4, -0.4),
    (-0.999, -0.999),
    (-1 + 1e-12, -1 + 3e-12),
    (-0.9, 40.0),
    (1.5, 0.25),
    (200.0, -0.5),
    (50.0, 200.0),
]
LAGUERRE_PARAMETERS = [-0.999, -0.5, 0.5, 3.0, 30.0, 200.0]

SYMMETRIC = {
    "legendre": polynomials.legendre,
    "chebyshev_t": polynomials.chebyshev_t,
    "chebyshev_u": polynomials.chebyshev_u,
    "gegenbauer": lambda n, u: polynomials.gegenbauer(n, 0.75, u),
    "hermite": polynomials.hermite,
    "hermite_e": polynomials.hermite_e,
}
FAMILIES = SYMMETRIC | {
    "jacobi": lambda n, u: polynomials.jacobi(n, 0.3, -0.6, u),
    "laguerre": polynomials.laguerre,
    "generalized_laguerre": lambda n, u: polynomials.generalized_laguerre(n, 0.7, u),
}

every_family = pytest.mark.parametrize("polynomial", FAMILIES.values(), ids=FAMILIES)
law = settings(deadline=None, max_examples=60)
degrees = st.integers(0, 50)
cosines = st.floats(-1, 1)
angles = st.floats(0, math.pi)


def double(value):
    return torch.tensor(value, dtype=torch.float64)


def assert_equals_reference(polynomial, reference, points):
    """Hold every degree up to 50 within 1e-12 of the largest absolute value on the points."""
    u = double(points)
    with mpmath.workdps(40):
        for n in range(51):
            expected = [reference(n, mpmath.mpf(point)) for point in points]
            largest = max(map(abs, expected))
            computed = polynomial(n, u).tolist()
            error = max(abs(mpmath.mpf(c) - e) for c, e in zip(computed, expected, strict=True))
            assert error <= 1e-12 * largest, f"degree {n}: {float(error / largest)}"


def gegenbauer_reference(n, lam, u):
    # mpmath.gegenbauer meets 0/0 at some of these parameters; DLMF 18.7.1 writes it as a Jacobi polynomial.
    half = mpmath.mpf(1) / 2
    return mpmath.rf(2 * lam, n) / mpmath.rf(lam + half, n) * mpmath.jacobi(n, lam - half, lam - half, u)


def hermite_e_reference(n, u):
    return mpmath.sqrt(2) ** -n * mpmath.hermite(n, u / mpmath.sqrt(2))


def test_legendre_equals_mpmath():
    assert_equals_reference(polynomials.legendre, mpmath.legendre, UNIT_INTERVAL)


def test_chebyshev_t_equals_mpmath():
    assert_equals_reference(polynomials.chebyshev_t, mpmath.chebyt, UNIT_INTERVAL)


def test_chebyshev_u_equals_mpmath():
    assert_equals_reference(polynomials.chebyshev_u, mpmath.chebyu, UNIT_INTERVAL)


@pytest.mark.parametrize("lam", GEGENBAUER_PARAMETERS)
def test_gegenbauer_equals_mpmath(lam):
    assert_equals_reference(
        lambda n, u: polynomials.gegenbauer(n, lam, u),
        lambda n, u: gegenbauer_reference(n, mpmath.mpf(lam), u),
        UNIT_INTERVAL,
    )


@pytest.mark.parametrize(("alpha", "beta"), JACOBI_PARAMETERS)
def test_jacobi_equals_mpmath(alpha, beta):
    assert_equals_reference(
        lambda n, u: polynomials.jacobi(n, alpha, beta, u),
        lambda n, u: mpmath.jacobi(n, mpmath.mpf(alpha), mpmath.mpf(beta), u),
        UNIT_INTERVAL,
    )


def test_hermite_equals_mpmath():
    assert_equals_reference(polynomials.hermite, mpmath.hermite, REAL_LINE)


def test_hermite_e_equals_mpmath():
    assert_equals_reference(polynomials.hermite_e, hermite_e_reference, REAL_LINE)


def test_laguerre_equals_mpmath():
    assert_equals_reference(polynomials.laguerre, lambda n, u: mpmath.laguerre(n, 0, u), HALF_LINE)


@pytest.mark.parametrize("alpha", LAGUERRE_PARAMETERS)
def test_generalized_laguerre_equals_mpmath(alpha):
    assert_equals_reference(
        lambda n, u: polynomials.generalized_laguerre(n, alpha, u),
        lambda n, u: mpmath.laguerre(n, mpmath.mpf(alpha), u),
        HALF_LINE,
    )


def test_legendre_of_degree_three_is_the_cubic_of_the_tutorial():
    u = torch.linspace(-1, 1, 101, dtype=torch.float64)
    torch.testing.assert_close(polynomials.legendre(3, u), 0.5 * (5 * u**3 - 3 * u), rtol=0, atol=1e-15)


@every_family
def test_degree_zero_is_one(polynomial):
    u = double([-3.0, 0.0, 0.5])
    assert torch.equal(polynomial(0, u), torch.ones_like(u))


@law
@given(degrees)
def test_legendre_is_one_at_one(n):
    assert polynomials.legendre(n, double(1.0)).item() == pytest.approx(1, abs=1e-12)


@law
@given(degrees)
def test_legendre_alternates_at_minus_one(n):
    assert polynomials.legendre(n, double(-1.0)).item() == pytest.approx((-1) ** n, abs=1e-12)


@law
@given(degrees)
def test_chebyshev_u_is_one_more_than_its_degree_at_one(n):
    assert polynomials.chebyshev_u(n, double(1.0)).item() == pytest.approx(n + 1, rel=1e-12)


@law
@given(degrees)
def test_laguerre_is_one_at_zero(n):
    assert polynomials.laguerre(n, double(0.0)).item() == pytest.approx(1, abs=1e-12)


@law
@given(degrees, st.floats(-0.9, 20), st.floats(-0.9, 20))
def test_jacobi_at_one_is_a_binomial_coefficient(n, alpha, beta):
    # The value at the other end may be larger by far, and with it the rounding.
    expected = float(mpmath.binomial(n + alpha, n))
    other_end = float(mpmath.binomial(n + beta, n))
    value = polynomials.jacobi(n, alpha, beta, double(1.0)).item()
    assert value == pytest.approx(expected, abs=1e-12 * max(expected, other_end))


@law
@given(degrees, angles)
def test_chebyshev_t_of_a_cosine_is_the_cosine_of_the_multiple_angle(n, angle):
    value = polynomials.chebyshev_t(n, double(math.cos(angle))).item()
    assert value == pytest.approx(math.cos(n * angle), abs=1e-12)


@law
@given(degrees, angles)
def test_chebyshev_u_of_a_cosine_is_a_ratio_of_sines(n, angle):
    value = polynomials.chebyshev_u(n, double(math.cos(angle))).item()
    assert value * math.sin(angle) == pytest.approx(math.sin((n + 1) * angle), abs=1e-12 * (n + 1))


@pytest.mark.parametrize("polynomial", SYMMETRIC.values(), ids=SYMMETRIC)
@law
@given(degrees, cosines)
def test_symmetric_weight_gives_the_parity_of_the_degree(polynomial, n, u):
    assert polynomial(n, double(-u)).item() == (-1) ** n * polynomial(n, double(u)).item()


@law
@given(degrees, st.floats(-0.9, 20), st.floats(-0.9, 20), cosines)
def test_jacobi_mirrored_swaps_its_parameters(n, alpha, beta, u):
    mirrored = polynomials.jacobi(n, alpha, beta, double(-u)).item()
    assert mirrored == (-1) ** n * polynomials.jacobi(n, beta, alpha, double(u)).item()


@law
@given(st.integers(1, 50), cosines)
def test_legendre_obeys_bonnets_recurrence(n, u):
    below, here, above = (polynomials.legendre(k, double(u)).item() for k in (n - 1, n, n + 1))
    assert (n + 1) * above == pytest.approx((2 * n + 1) * u * here - n * below, abs=1e-12 * n)


@law
@given(st.integers(2, 50), st.floats(-0.4, 20).filter(bool), cosines)
def test_gegenbauer_of_neighbouring_parameters_are_related(n, lam, u):
    # (n + lam) C_n^(lam) = lam (C_n^(lam+1) - C_{n-2}^(lam+1)), DLMF 18.9 (ii).
    here = polynomials.gegenbauer(n, lam, double(u)).item()
    upper, lower = (polynomials.gegenbauer(k, lam + 1, double(u)).item() for k in (n, n - 2))
    largest = polynomials.gegenbauer(n, abs(lam) + 1, double(1.0)).item()
    assert (n + lam) * here == pytest.approx(lam * (upper - lower), abs=1e-12 * largest)


@law
@given(degrees, cosines)
def test_legendre_is_jacobi_with_both_parameters_zero(n, u):
    expected = polynomials.jacobi(n, 0.0, 0.0, double(u)).item()
    assert polynomials.legendre(n, double(u)).item() == pytest.approx(expected, abs=1e-13)


@law
@given(degrees, cosines)
def test_legendre_is_gegenbauer_with_parameter_one_half(n, u):
    expected = polynomials.gegenbauer(n, 0.5, double(u)).item()
    assert polynomials.legendre(n, double(u)).item() == expected


@law
@given(degrees, cosines)
def test_chebyshev_t_is_jacobi_scaled_to_one_at_one(n, u):
    jacobi = polynomials.jacobi(n, -0.5, -0.5, double([u, 1.0]))
    expected = (jacobi[0] / jacobi[1]).item()
    assert polynomials.chebyshev_t(n, double(u)).item() == pytest.approx(expected, abs=1e-12)


@law
@given(degrees, st.floats(-10, 10))
def test_the_two_hermite_polynomials_differ_by_scaling(n, u):
    root = math.sqrt(2)
    expected = polynomials.hermite(n, double([u / root, 10.0])) / root**n
    value = polynomials.hermite_e(n, double(u)).item()
    assert value == pytest.approx(expected[0].item(), abs=1e-12 * expected[1].item())


@law
@given(degrees, st.floats(0, 50))
def test_laguerre_is_generalized_laguerre_with_parameter_zero(n, u):
    expected = polynomials.generalized_laguerre(n, 0.0, double(u)).item()
    assert polynomials.laguerre(n, double(u)).item() == expected


@every_family
@pytest.mark.parametrize("shape", [(), (0,), (4,), (2, 3), (2, 1, 3)], ids=str)
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_shape_is_kept(polynomial, shape, n):
    assert polynomial(n, torch.zeros(shape)).shape == shape


@every_family
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_float32_stays_float32(polynomial, n):
    u = torch.linspace(-1, 1, 21)
    value = polynomial(n, u)
    assert value.dtype == torch.float32
    torch.testing.assert_close(value, polynomial(n, u.double()).float(), rtol=1e-5, atol=1e-5)


@every_family
@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_argument_is_left_as_it_was_and_not_shared(polynomial, n):
    u = torch.linspace(-1, 1, 5, dtype=torch.float64)
    before = u.clone()
    polynomial(n, u).zero_()
    assert torch.equal(u, before)


@every_family
def test_strides_of_the_argument_do_not_matter(polynomial):
    column = torch.linspace(-1, 1, 3, dtype=torch.float64)[:, None]
    expanded = column.expand(3, 4)
    torch.testing.assert_close(polynomial(5, expanded), polynomial(5, column).expand(3, 4), rtol=0, atol=0)


@every_family
def test_negative_degree_is_refused(polynomial):
    with pytest.raises(ValueError, match="degree n must not be negative, but is -1"):
        polynomial(-1, torch.zeros(2))


@every_family
@pytest.mark.parametrize("n", [True, 2.0, "2", None], ids=repr)
def test_degree_that_is_no_integer_is_refused(polynomial, n):
    with pytest.raises(TypeError, match=f"degree n must be an int, not {type(n).__name__}"):
        polynomial(n, torch.zeros(2))


@every_family
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex128], ids=str)
def test_tensor_that_is_not_real_floating_is_refused(polynomial, dtype):
    with pytest.raises(TypeError, match=f"u must be a real floating tensor, not {dtype}"):
        polynomial(2, torch.zeros(2, dtype=dtype))


@every_family
def test_argument_that_is_no_tensor_is_refused(polynomial):
    with pytest.raises(TypeError, match="u must be a tensor, not float"):
        polynomial(2, 0.5)


@pytest.mark.parametrize("lam", [-0.5, -3.0, math.inf, math.nan])
def test_gegenbauer_parameter_out_of_its_domain_is_refused(lam):
    with pytest.raises(ValueError, match=r"lam must be finite and greater than -0\.5"):
        polynomials.gegenbauer(2, lam, torch.zeros(2))


def test_gegenbauer_parameter_zero_is_sent_to_chebyshev_t():
    with pytest.raises(ValueError, match="use chebyshev_t"):
        polynomials.gegenbauer(2, 0.0, torch.zeros(2))


@pytest.mark.parametrize("outside", [-1.0, -7.0, math.inf, -math.inf, math.nan])
def test_jacobi_alpha_out_of_its_domain_is_refused(outside):
    with pytest.raises(ValueError, match="alpha must be finite and greater than -1"):
        polynomials.jacobi(2, outside, 0.0, torch.zeros(2))


@pytest.mark.parametrize("outside", [-1.0, -7.0, math.inf, -math.inf, math.nan])
def test_jacobi_beta_out_of_its_domain_is_refused(outside):
    with pytest.raises(ValueError, match="beta must be finite and greater than -1"):
        polynomials.jacobi(2, 0.0, outside, torch.zeros(2))


@pytest.mark.parametrize("outside", [-1.0, -7.0, math.inf, -math.inf, math.nan])
def test_laguerre_parameter_out_of_its_domain_is_refused(outside):
    with pytest.raises(ValueError, match="alpha must be finite and greater than -1"):
        polynomials.generalized_laguerre(2, outside, torch.zeros(2))


@pytest.mark.parametrize("parameter", [True, "1", None, torch.ones(())], ids=repr)
def test_parameter_that_is_no_number_is_refused(parameter):
    with pytest.raises(TypeError, match=f"alpha must be a float, not {type(parameter).__name__}"):
        polynomials.generalized_laguerre(2, parameter, torch.zeros(2))
