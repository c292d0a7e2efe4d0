"""The functions, operations and constants that a formula may use.

All are differentiable any number of times, in reverse and forward mode. Where a function is flat its derivative is 0;
at a kink or a jump torch's convention holds (abs'(0) = 0). A power between 0 and 1 has the derivative 0 at 0.
"""

import difflib
import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from app.fitting.autograd import polynomials
from app.fitting.autograd.bessel import j0, j1
from app.fitting.autograd.error_functions import erfcx, erfinv, exp_erfc
from app.fitting.autograd.lambert import lambertw
from app.fitting.autograd.voigt import voigt

CONSTANTS: Mapping[str, float] = MappingProxyType({"pi": math.pi, "e": math.e})


def constant_like(number: float, like: Tensor) -> Tensor:
    """Return the number as a 0-d tensor with the dtype and device of `like`; infinite where that dtype overflows."""
    # new_full would raise a RuntimeError then.
    return torch.tensor(number, dtype=torch.float64, device=like.device).to(like.dtype)


def _divide(left: float | Tensor, right: float | Tensor) -> Any:
    # A number divided by a tensor is number * (1 / tensor) in torch, which rounds twice.
    if isinstance(left, float) and isinstance(right, Tensor):
        left = constant_like(left, right)
    return left / right


def _power(base: float | Tensor, exponent: float | Tensor) -> Any:
    if isinstance(base, float) or (isinstance(exponent, float) and not 0 < exponent < 1):
        return base**exponent
    # A root has an infinite derivative at 0; times that of (x/k)^n by k, which is 0 at x = 0, it would give NaN.
    is_root_of_0 = (base == 0) & (exponent > 0) & (exponent < 1)
    return torch.where(is_root_of_0, 0.0, torch.where(is_root_of_0, 1.0, base) ** exponent)


OPERATIONS: Mapping[str, Callable[[Any, Any], Tensor]] = MappingProxyType(
    {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": _divide, "**": _power}
)
"""The operations by their signs. One operand may be a float, which leaves the dtype of the other one, a tensor."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of formulas: the names of its arguments, a description in words, and the torch function.

    `apply` takes real floating tensors that broadcast and returns one of their common shape and dtype. Its first
    `constants` arguments are no tensors but plain numbers: the degree of a polynomial (int), then the parameters of its
    family (float). It raises ValueError where the family does not have such parameters.
    """

    arguments: tuple[str, ...]
    description: str
    apply: Callable[..., Tensor]
    constants: int = 0


def _sign(u: Tensor) -> Tensor:
    # torch.sign(NaN) is 0, which would hide that something went wrong.
    return torch.where(u.isnan(), u, torch.sign(u))


def _cbrt(u: Tensor) -> Tensor:
    return torch.sign(u) * u.abs() ** (1 / 3)


def _heaviside(u: Tensor) -> Tensor:
    # torch.heaviside has no derivative.
    return (_sign(u) + 1) / 2


def _gamma(u: Tensor) -> Tensor:
    magnitude = torch.exp(torch.lgamma(u))
    negative = (u < 0) & (torch.remainder(torch.floor(u), 2) == 1)
    return torch.where(negative, -magnitude, magnitude)


# 1/1!, -1/3!, 1/5!, ...: enough of them that the last one, times (pi/2)^24, is below the rounding of a float64.
_SINC_SERIES = [(-1) ** k / math.factorial(2 * k + 1) for k in range(13)]


def _sinc(u: Tensor) -> Tensor:
    # Derivatives of sin(pi u) / (pi u) cancel near 0: those of torch.sinc are lost there, the second is NaN at 0. A
    # branch that is not taken must not divide by 0 either, or its NaN would reach the gradient.
    near_zero = u.abs() < 0.5
    square = (math.pi * torch.where(near_zero, u, 0.0)) ** 2
    series = torch.zeros_like(u)
    for coefficient in reversed(_SINC_SERIES):
        series = series * square + coefficient
    angle = math.pi * torch.where(near_zero, 1.0, u)
    return torch.where(near_zero, series, torch.sin(angle) / angle)


def _softplus(u: Tensor) -> Tensor:
    # torch's softplus leaves out log1p(exp(-u)) where u > 20.
    return -torch.nn.functional.logsigmoid(-u)


def _clip(u: Tensor, low: Tensor, high: Tensor) -> Tensor:
    return torch.clamp(u, low, high)


def _where(u: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.where(u > 0, a, b)


def _of_u(description: str, apply: Callable[[Tensor], Tensor]) -> Function:
    return Function(("u",), description, apply)


_ELEMENTARY = {
    "sin": _of_u("Sine of u in radians.", torch.sin),
    "cos": _of_u("Cosine of u in radians.", torch.cos),
    "tan": _of_u("Tangent of u in radians.", torch.tan),
    "asin": _of_u("Angle in radians, -pi/2 to pi/2, whose sine is u.", torch.asin),
    "acos": _of_u("Angle in radians, 0 to pi, whose cosine is u.", torch.acos),
    "atan": _of_u("Angle in radians, -pi/2 to pi/2, whose tangent is u.", torch.atan),
    "atan2": Function(("y", "x"), "Angle in radians, -pi to pi, of the point (x, y).", torch.atan2),
    "sinh": _of_u("Hyperbolic sine of u.", torch.sinh),
    "cosh": _of_u("Hyperbolic cosine of u.", torch.cosh),
    "tanh": _of_u("Hyperbolic tangent of u.", torch.tanh),
    "asinh": _of_u("Number whose hyperbolic sine is u.", torch.asinh),
    "acosh": _of_u("Number, not negative, whose hyperbolic cosine is u.", torch.acosh),
    "atanh": _of_u("Number whose hyperbolic tangent is u.", torch.atanh),
    "exp": _of_u("e to the power u.", torch.exp),
    "expm1": _of_u("exp(u) - 1, accurate near u = 0.", torch.expm1),
    "log": _of_u("Natural logarithm of u.", torch.log),
    "log1p": _of_u("log(1 + u), accurate near u = 0.", torch.log1p),
    "log2": _of_u("Logarithm of u to base 2.", torch.log2),
    "log10": _of_u("Logarithm of u to base 10.", torch.log10),
    "sqrt": _of_u("Square root of u.", torch.sqrt),
    "cbrt": _of_u("Cube root of u, negative where u is.", _cbrt),
    "abs": _of_u("u without its sign.", torch.abs),
    "sign": _of_u("-1, 0 or 1: the sign of u.", _sign),
    "erf": _of_u("Error function, 2/sqrt(pi) times the integral of exp(-t^2) from 0 to u.", torch.erf),
    "erfc": _of_u("1 - erf(u), accurate for large u.", torch.erfc),
    "erfcx": _of_u("exp(u^2) erfc(u), for u so large that erfc(u) is 0.", erfcx),
    "exp_erfc": Function(
        ("u", "v"), "exp(u) erfc(v), finite where exp(u) is infinite or erfc(v) 0 but not their product.", exp_erfc
    ),
    "erfinv": _of_u("Number whose error function is u.", erfinv),
    "gamma": _of_u("Gamma function; gamma(n + 1) is n!.", _gamma),
    "lgamma": _of_u("Natural logarithm of abs(gamma(u)).", torch.lgamma),
    "digamma": _of_u("Derivative of log(gamma(u)).", torch.digamma),
    "j0": _of_u("Bessel function of the first kind of order 0.", j0),
    "j1": _of_u("Bessel function of the first kind of order 1.", j1),
    "lambertw": _of_u("Principal branch of Lambert's W: the w of at least -1 with w exp(w) = u.", lambertw),
    "sinc": _of_u("sin(pi u) / (pi u), and 1 at u = 0.", _sinc),
    "heaviside": _of_u("Step: 0 where u < 0, 1/2 where u = 0, 1 where u > 0.", _heaviside),
    "floor": _of_u("Largest whole number that is not above u.", torch.floor),
    "ceil": _of_u("Smallest whole number that is not below u.", torch.ceil),
    "mod": Function(("u", "v"), "Remainder of u / v, with the sign of v.", torch.remainder),
    "minimum": Function(("u", "v"), "The smaller of u and v.", torch.minimum),
    "maximum": Function(("u", "v"), "The larger of u and v.", torch.maximum),
    "clip": Function(("u", "low", "high"), "u, but at least low and at most high.", _clip),
    "where": Function(
        ("u", "a", "b"),
        "a where u > 0, b elsewhere; both must have finite derivatives. u may be a comparison: where(u < v, a, b).",
        _where,
    ),
    "sigmoid": _of_u("Logistic function, 1 / (1 + exp(-u)).", torch.sigmoid),
    "softplus": _of_u("log(1 + exp(u)), a smooth maximum of u and 0.", _softplus),
    "hypot": Function(("u", "v"), "sqrt(u^2 + v^2), without overflow in between.", torch.hypot),
    "voigt": Function(
        ("u", "sigma", "gamma"), "Voigt profile: a Gaussian of standard deviation sigma, widened by gamma.", voigt
    ),
}
_FURTHER_NAMES = {
    "abs": ("absolute", "fabs"),
    "clip": ("clamp",),
    "digamma": ("psi",),
    "heaviside": ("step", "Heaviside"),
    "lgamma": ("gammaln",),
    "log": ("ln", "loge"),
    "maximum": ("max",),
    "minimum": ("min",),
    "sigmoid": ("expit",),
    "sign": ("sgn",),
    **{f"a{name}": (f"arc{name}",) for name in ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")},
}
ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: name for name, aliases in _FURTHER_NAMES.items() for alias in aliases}
)
"""Further names of functions."""

_POLYNOMIALS = {
    "legendre": Function(("n", "u"), "Legendre polynomial P_n(u).", polynomials.legendre, 1),
    "chebyshev_t": Function(("n", "u"), "Chebyshev polynomial of the first kind T_n(u).", polynomials.chebyshev_t, 1),
    "chebyshev_u": Function(("n", "u"), "Chebyshev polynomial of the second kind U_n(u).", polynomials.chebyshev_u, 1),
    "gegenbauer": Function(("n", "lam", "u"), "Gegenbauer polynomial C_n^(lam)(u).", polynomials.gegenbauer, 2),
    "jacobi": Function(("n", "alpha", "beta", "u"), "Jacobi polynomial P_n^(alpha, beta)(u).", polynomials.jacobi, 3),
    "hermite": Function(("n", "u"), "Physicists' Hermite polynomial H_n(u).", polynomials.hermite, 1),
    "hermite_e": Function(("n", "u"), "Probabilists' Hermite polynomial He_n(u).", polynomials.hermite_e, 1),
    "laguerre": Function(("n", "u"), "Laguerre polynomial L_n(u).", polynomials.laguerre, 1),
    "generalized_laguerre": Function(
        ("n", "alpha", "u"), "Generalised Laguerre polynomial L_n^(alpha)(u).", polynomials.generalized_laguerre, 2
    ),
}

FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    _ELEMENTARY | {alias: _ELEMENTARY[name] for alias, name in ALIASES.items()} | _POLYNOMIALS
)
"""Every function by name. Polynomials whose only constant is the degree have a shorthand too, see SHORTHANDS."""

SHORTHANDS: Mapping[str, str] = MappingProxyType(
    {
        "P": "legendre",
        "T": "chebyshev_t",
        "U": "chebyshev_u",
        "H": "hermite",
        "He": "hermite_e",
        "L": "laguerre",
    }
)
"""The letters that may stand before a degree: `P3(u)` is `legendre(3, u)`."""

_SHORTHAND = re.compile(rf"({'|'.join(SHORTHANDS)})([0-9]+)")


def find_function(name: str) -> tuple[Function, tuple[float, ...]] | None:
    """Return the function of that name and the leading arguments that the name itself gives, or None for no function.

    `P3` is Legendre's polynomial with the argument 3; other names give no argument.
    """
    shorthand = _SHORTHAND.fullmatch(name)
    if shorthand:
        return FUNCTIONS[SHORTHANDS[shorthand[1]]], (float(shorthand[2]),)
    function = FUNCTIONS.get(name)
    return (function, ()) if function else None


def similar_function(name: str) -> str | None:
    """Return the name of a function that was possibly meant by a name that is no function's, or None."""
    if find_function(name.capitalize()):
        return name.capitalize()
    matches = difflib.get_close_matches(name.lower(), FUNCTIONS)
    return next((match for match in matches if match[0] == name[0].lower()), None)
