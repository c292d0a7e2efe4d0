"""The functions of formulas: values against mpmath, derivatives of every kind, and what is finite at special points."""

import math

import mpmath
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.func import grad, jacfwd, jacrev, vmap
from torch.fx.experimental.proxy_tensor import make_fx

from app.fitting.formulas.formula import parse
from app.fitting.formulas.functions import (
    ALIASES,
    CONSTANTS,
    FUNCTIONS,
    OPERATIONS,
    SHORTHANDS,
    find_function,
    similar_function,
)

# torch's own forward mode scripts a few functions when it is first used, and warns of that.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")

WIDE = [(-7.5,), (-2.3,), (-0.4,), (-1e-3,), (1e-3,), (0.3,), (0.7,), (2.5,), (6.0,)]
POSITIVE = [(1e-3,), (0.4,), (1.7,), (3.0,), (30.0,)]
WITHIN_ONE = [(-0.9,), (-0.3,), (-1e-3,), (0.2,), (0.95,)]
ABOVE_ONE = [(1.01,), (1.5,), (20.0,)]
BETWEEN_POLES = [(-3.4,), (-2.5,), (-1.2,), (-0.3,), (0.4,), (1.7,), (5.0,), (30.5,)]
PAIRS = [(1.5, 0.7), (-1.5, 0.7), (0.4, -2.0), (-0.4, -2.0)]
TRIPLES = [(0.7, -1.0, 2.0), (-3.0, -1.0, 2.0), (4.0, -1.0, 2.0)]


def logistic(u):
    return 1 / (1 + mpmath.exp(-u))


# Each elementary function with its reference and points away from its kinks, jumps and poles.
def voigt(u, sigma, gamma):
    z = mpmath.mpc(u, gamma) / (sigma * mpmath.sqrt(2))
    return (mpmath.exp(-z * z) * mpmath.erfc(-1j * z)).real / (sigma * mpmath.sqrt(2 * mpmath.pi))


def erfcx(u):
    return mpmath.exp(u * u) * mpmath.erfc(u)


NEAR_BRANCH = [(-0.36,), (-0.3,), (-0.05,), (0.02,), (0.9,), (1.1,), (4.0,), (30.0,)]
BESSEL = [*WIDE, (-8.1,), (7.9,), (29.0,)]

REFERENCES = {
    "sin": (mpmath.sin, WIDE),
    "cos": (mpmath.cos, WIDE),
    "tan": (mpmath.tan, WIDE),
    "asin": (mpmath.asin, WITHIN_ONE),
    "acos": (mpmath.acos, WITHIN_ONE),
    "atan": (mpmath.atan, WIDE),
    "atan2": (mpmath.atan2, PAIRS),
    "sinh": (mpmath.sinh, WIDE),
    "cosh": (mpmath.cosh, WIDE),
    "tanh": (mpmath.tanh, WIDE),
    "asinh": (mpmath.asinh, WIDE),
    "acosh": (mpmath.acosh, ABOVE_ONE),
    "atanh": (mpmath.atanh, WITHIN_ONE),
    "exp": (mpmath.exp, WIDE),
    "expm1": (mpmath.expm1, WIDE),
    "log": (mpmath.log, POSITIVE),
    "log1p": (mpmath.log1p, POSITIVE),
    "log2": (lambda u: mpmath.log(u, 2), POSITIVE),
    "log10": (mpmath.log10, POSITIVE),
    "sqrt": (mpmath.sqrt, POSITIVE),
    "cbrt": (lambda u: mpmath.sign(u) * mpmath.cbrt(abs(u)), WIDE),
    "abs": (abs, WIDE),
    "sign": (mpmath.sign, WIDE),
    "erf": (mpmath.erf, WIDE),
    "erfc": (mpmath.erfc, WIDE),
    "erfcx": (erfcx, [(-2.3,), (-0.4,), (-1e-3,), (1e-3,), (0.7,), (6.0,), (30.0,)]),
    "exp_erfc": (lambda u, v: mpmath.exp(u) * mpmath.erfc(v), [(0.3, -1.2), (1.5, 2.3), (-4.0, 0.2), (3.0, 4.0)]),
    "erfinv": (mpmath.erfinv, WITHIN_ONE),
    "j0": (lambda u: mpmath.besselj(0, u), BESSEL),
    "j1": (lambda u: mpmath.besselj(1, u), BESSEL),
    "lambertw": (lambda u: mpmath.lambertw(u).real, NEAR_BRANCH),
    "gamma": (mpmath.gamma, BETWEEN_POLES),
    "lgamma": (lambda u: mpmath.log(abs(mpmath.gamma(u))), BETWEEN_POLES),
    "digamma": (mpmath.digamma, BETWEEN_POLES),
    "sinc": (mpmath.sincpi, WIDE),
    "heaviside": (lambda u: 1 if u > 0 else 0, WIDE),
    "floor": (mpmath.floor, WIDE[:-1]),
    "ceil": (mpmath.ceil, WIDE[:-1]),
    "mod": (lambda u, v: u - v * mpmath.floor(u / v), PAIRS),
    "minimum": (min, PAIRS),
    "maximum": (max, PAIRS),
    "clip": (lambda u, low, high: min(max(u, low), high), TRIPLES),
    "where": (lambda u, a, b: a if u > 0 else b, TRIPLES),
    "sigmoid": (logistic, [*WIDE, (-40.0,), (40.0,)]),
    "softplus": (lambda u: mpmath.log1p(mpmath.exp(u)), [*WIDE, (-40.0,), (25.0,)]),
    "hypot": (mpmath.hypot, PAIRS),
    "voigt": (voigt, [(-2.0, 1.5, 0.5), (0.3, 0.4, 2.0), (6.0, 0.7, 0.1)]),
}
POLYNOMIALS = {name: function for name, function in FUNCTIONS.items() if function.constants}
FAMILY_PARAMETERS = (0.75, 0.25)

every_function = pytest.mark.parametrize("name", REFERENCES)


def double(values):
    return torch.tensor(values, dtype=torch.float64)


def columns(points):
    return [column.clone().requires_grad_() for column in double(points).unbind(1)]


def test_every_function_of_the_table_is_tested_here():
    assert set(FUNCTIONS) == set(REFERENCES) | set(ALIASES) | set(POLYNOMIALS)


@every_function
def test_values_equal_mpmath(name):
    reference, points = REFERENCES[name]
    with mpmath.workdps(40):
        expected = double([float(reference(*map(mpmath.mpf, point))) for point in points])
    computed = FUNCTIONS[name].apply(*double(points).unbind(1))
    torch.testing.assert_close(computed, expected, rtol=2e-14, atol=1e-15)


@every_function
def test_first_derivatives_pass_gradcheck_in_reverse_forward_and_batched_mode(name):
    _, points = REFERENCES[name]
    assert gradcheck(
        FUNCTIONS[name].apply,
        columns([point for point in points if abs(point[0]) < 31]),
        check_forward_ad=True,
        check_batched_grad=True,
        check_batched_forward_grad=True,
    )


@every_function
def test_second_derivatives_pass_gradcheck_in_reverse_and_mixed_mode(name):
    _, points = REFERENCES[name]
    few = columns([point for point in points if 0.01 < abs(point[0]) < 5])
    assert gradgradcheck(FUNCTIONS[name].apply, few, check_fwd_over_rev=True, atol=1e-4)


@every_function
def test_jacobians_of_func_agree_under_vmap(name):
    apply, (_, points) = FUNCTIONS[name].apply, REFERENCES[name]
    arguments = double(points).unbind(1)
    every = tuple(range(len(arguments)))
    reverse = vmap(jacrev(apply, argnums=every))(*arguments)
    forward = vmap(jacfwd(apply, argnums=every))(*arguments)
    torch.testing.assert_close(reverse, forward, rtol=1e-13, atol=1e-13)


@every_function
def test_gradient_can_be_traced(name):
    apply, (_, points) = FUNCTIONS[name].apply, REFERENCES[name]
    arguments = tuple(columns(points))

    def gradient(*arguments):
        return torch.autograd.grad(apply(*arguments).sum(), arguments, allow_unused=True, materialize_grads=True)

    traced = make_fx(gradient)(*arguments)
    torch.testing.assert_close(traced(*arguments), gradient(*arguments), rtol=0, atol=0)


@every_function
def test_float32_stays_float32(name):
    _, points = REFERENCES[name]
    arguments = [column.float() for column in double(points).unbind(1)]
    assert FUNCTIONS[name].apply(*arguments).dtype == torch.float32


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_polynomials_take_their_degree_and_the_parameters_of_their_family_before_u(name):
    function = POLYNOMIALS[name]
    assert function.arguments[0] == "n"
    assert function.arguments[-1] == "u"
    degree_and_family = (3, *FAMILY_PARAMETERS)[: function.constants]
    assert len(degree_and_family) + 1 == len(function.arguments)
    assert gradcheck(lambda u: function.apply(*degree_and_family, u), columns(WITHIN_ONE))


@pytest.mark.parametrize(
    ("alias", "name"),
    {
        "arctan2": "atan2",
        "ln": "log",
        "step": "heaviside",
        "min": "minimum",
        "max": "maximum",
        "psi": "digamma",
    }.items(),
)
def test_alias_is_the_same_function(alias, name):
    assert FUNCTIONS[alias] is FUNCTIONS[name]


def test_every_function_describes_itself():
    for function in FUNCTIONS.values():
        assert function.arguments
        assert function.description.endswith(".")


def test_constants_are_pi_and_e():
    assert dict(CONSTANTS) == {"pi": math.pi, "e": math.e}


def test_derivatives_of_sinc_are_exact_to_rounding_near_zero():
    sinc = FUNCTIONS["sinc"].apply
    u = double([0.0, 1e-300, 1e-12, 1e-8, 1e-5, 1e-3])
    second = vmap(grad(grad(sinc)))(u)
    fourth = vmap(grad(grad(grad(grad(sinc)))))(u[:4])
    torch.testing.assert_close(second, -(math.pi**2) / 3 + math.pi**4 * u**2 / 10, rtol=1e-9, atol=0)
    torch.testing.assert_close(fourth, torch.full_like(fourth, math.pi**4 / 5), rtol=1e-12, atol=0)


def test_sinc_is_one_at_zero_and_zero_at_other_whole_numbers():
    torch.testing.assert_close(
        FUNCTIONS["sinc"].apply(double([0.0, 1.0, -3.0])), double([1.0, 0.0, 0.0]), rtol=0, atol=1e-16
    )


@pytest.mark.parametrize("edge", [0.5, -0.5])
def test_sinc_has_no_step_where_the_series_ends(edge):
    edges = double([math.nextafter(edge, 0), edge, math.nextafter(edge, edge * 2)])
    values = FUNCTIONS["sinc"].apply(edges)
    torch.testing.assert_close(values, torch.full_like(values, 2 / math.pi), rtol=1e-15, atol=0)


def test_heaviside_is_one_half_at_zero():
    assert FUNCTIONS["heaviside"].apply(double([-1.0, 0.0, 1.0])).tolist() == [0, 0.5, 1]


def test_a_remainder_has_the_sign_of_the_divisor():
    u, v = double([7.0, -7.0, 7.0, -7.0, 6.0]), double([3.0, 3.0, -3.0, -3.0, -3.0])
    assert FUNCTIONS["mod"].apply(u, v).tolist() == [1, 2, -2, -1, 0]


@pytest.mark.parametrize("name", ["sign", "heaviside", "floor", "ceil"])
def test_derivative_of_a_step_is_zero_even_at_the_step(name):
    u = double([-1.0, 0.0, 1.0])
    assert vmap(jacrev(FUNCTIONS[name].apply))(u).tolist() == [0, 0, 0]
    assert vmap(jacfwd(FUNCTIONS[name].apply))(u).tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    "name",
    [
        *("sign", "heaviside", "floor", "ceil", "mod", "minimum", "maximum", "clip", "abs", "cbrt", "softplus", "sinc"),
        *("erfcx", "exp_erfc", "erfinv", "j0", "j1", "lambertw"),
    ],
)
def test_what_is_not_a_number_stays_so(name):
    arguments = [double(math.nan), double(1.0), double(2.0)][: len(FUNCTIONS[name].arguments)]
    assert FUNCTIONS[name].apply(*arguments).isnan()


def test_softplus_and_its_derivatives_are_finite_far_out():
    softplus = FUNCTIONS["softplus"].apply
    u = double([-1000.0, 0.0, 1000.0])
    assert softplus(u).tolist() == [0, math.log(2), 1000]
    assert vmap(grad(softplus))(u).tolist() == [0, 0.5, 1]
    assert vmap(grad(grad(softplus)))(u).tolist() == [0, 0.25, 0]


def test_hypot_does_not_overflow_in_between():
    assert FUNCTIONS["hypot"].apply(double(3e200), double(4e200)).item() == pytest.approx(5e200)


power = OPERATIONS["**"]
ROOTS_OF_0 = (double([0.0, 0.0, 0.0]), double([0.1, 0.5, 0.9]))


def test_a_root_of_0_has_the_derivatives_0_in_reverse_and_forward_mode():
    for derivatives in (jacrev, jacfwd):
        for argument in (0, 1):
            assert vmap(derivatives(power, argnums=argument))(*ROOTS_OF_0).tolist() == [0, 0, 0]
    assert grad(lambda u: power(u, 0.5))(double(0.0)).item() == 0


def test_second_derivatives_of_a_root_of_0_are_0():
    assert vmap(grad(grad(power)))(*ROOTS_OF_0).tolist() == [0, 0, 0]


def test_a_root_of_0_can_be_traced():
    def gradient(base, exponent):
        return torch.autograd.grad(power(base, exponent).sum(), (base, exponent))

    arguments = tuple(argument.clone().requires_grad_() for argument in ROOTS_OF_0)
    assert [part.tolist() for part in make_fx(gradient)(*arguments)(*arguments)] == [[0, 0, 0], [0, 0, 0]]


def test_powers_of_0_are_those_of_torch():
    exponents = double([-0.5, 0.0, 0.1, 0.5, 1.0, 1.5, 2.0, math.nan])
    torch.testing.assert_close(power(torch.zeros_like(exponents), exponents), 0.0**exponents, equal_nan=True)


def test_derivatives_of_other_powers_of_0_are_those_of_torch():
    exponents = double([1.0, 1.5, 2.0, 3.0])
    assert vmap(grad(power))(torch.zeros_like(exponents), exponents).tolist() == [1, 0, 0, 0]
    assert grad(grad(lambda u: power(u, 2.0)))(double(0.0)).item() == 2


def test_powers_elsewhere_pass_gradcheck():
    arguments = columns([(0.3, 0.4), (2.0, 0.7), (1.5, -0.5), (0.7, 2.5)])
    assert gradcheck(power, arguments, check_forward_ad=True, check_batched_grad=True)
    assert gradgradcheck(power, arguments, check_fwd_over_rev=True)


@pytest.mark.parametrize(
    "model", ["b + (t - b)/(1 + (x/k)^n)", "t*(1 - exp(-(x/k)^n)) + b", "b + (t - b)*(x^n/(k^n + x^n))^n"]
)
def test_models_of_growth_have_derivatives_at_0(model):
    values = {name: double(value).requires_grad_() for name, value in {"b": 1.0, "t": 5.0, "k": 0.5, "n": 0.7}.items()}
    gradients = torch.autograd.grad(parse(model)({"x": double(0.0), **values}), list(values.values()))
    assert all(gradient.isfinite() for gradient in gradients)


@pytest.mark.parametrize(("letters", "family"), SHORTHANDS.items())
def test_letters_and_a_degree_are_short_for_a_polynomial(letters, family):
    assert find_function(f"{letters}12") == (FUNCTIONS[family], (12.0,))


@pytest.mark.parametrize("name", ["P", "p3", "P3a", "Q3", "He", "Sin", ""])
def test_other_names_find_nothing(name):
    assert find_function(name) is None


@pytest.mark.parametrize(
    ("name", "similar"),
    [("Sin", "sin"), ("EXP", "exp"), ("lengendre", "legendre"), ("p3", "P3"), ("qqqq", None), ("gaussian", None)],
)
def test_similar_function_is_what_may_have_been_meant(name, similar):
    assert similar_function(name) == similar


def slope_at_0(name: str) -> float | None:
    """Return the derivative of a function of one argument at 0 by differences, None where these do not agree on one."""
    values = [FUNCTIONS[name].apply(torch.tensor([-step, step], dtype=torch.float64)) for step in (1e-4, 1e-5)]
    slopes = [((right - left) / (2 * step)).item() for (left, right), step in zip(values, (1e-4, 1e-5), strict=True)]
    return slopes[1] if math.isclose(*slopes, rel_tol=1e-3, abs_tol=1e-6) else None


@pytest.mark.parametrize("name", [name for name, function in FUNCTIONS.items() if function.arguments == ("u",)])
def test_where_a_function_is_smooth_at_0_its_derivative_is_a_number_there(name: str) -> None:
    # A branch that is not taken may divide by 0, and its NaN reaches the gradient.
    slope, u = slope_at_0(name), torch.zeros(1, dtype=torch.float64, requires_grad=True)
    value = FUNCTIONS[name].apply(u)
    if slope is not None and value.isfinite():
        (gradient,) = torch.autograd.grad(value.sum(), u)
        assert gradient.item() == pytest.approx(slope, rel=1e-3, abs=1e-6)
