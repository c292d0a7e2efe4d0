"""The functions of NumPy and SciPy by their names there, and what they are in a formula."""

import math
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from .expressions import (
    ONE,
    TWO,
    ZERO,
    Builder,
    Condition,
    Expression,
    add,
    call,
    divide,
    multiply,
    negative,
    number,
    power,
    subtract,
    where,
)

_SAME_NAME = (
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt"),
    *("sign", "floor", "ceil", "maximum", "minimum", "hypot", "erf", "erfc", "erfcx", "erfinv", "gamma", "j0", "j1"),
)
_OTHER_NAME = {
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arctan2": "atan2",
    "absolute": "abs",
    "fabs": "abs",
    "fmax": "maximum",
    "fmin": "minimum",
    "remainder": "mod",
    "expit": "sigmoid",
    "gammaln": "lgamma",
    "psi": "digamma",
    "voigt_profile": "voigt",
    "eval_legendre": "legendre",
    "eval_chebyt": "chebyshev_t",
    "eval_chebyu": "chebyshev_u",
    "eval_hermite": "hermite",
    "eval_hermitenorm": "hermite_e",
    "eval_laguerre": "laguerre",
    "eval_gegenbauer": "gegenbauer",
    "eval_jacobi": "jacobi",
    "eval_genlaguerre": "generalized_laguerre",
}


def _square(u: Expression) -> Expression:
    return power(u, TWO)


def _reciprocal(u: Expression) -> Expression:
    return divide(ONE, u)


def _exp2(u: Expression) -> Expression:
    return power(TWO, u)


def _radians(u: Expression) -> Expression:
    return multiply(u, number(math.pi / 180))


def _degrees(u: Expression) -> Expression:
    return multiply(u, number(180 / math.pi))


def _floor_divide(u: Expression, v: Expression) -> Expression:
    return call("floor", divide(u, v))


def _logaddexp(u: Expression, v: Expression) -> Expression:
    return add(call("maximum", u, v), call("softplus", negative(call("abs", subtract(u, v)))))


def _step(u: Expression, at_zero: Expression) -> Expression:
    at_and_above = where(Condition(u, ">", ZERO), ONE, at_zero)
    return where(Condition(u, "<", ZERO), ZERO, at_and_above)


def _normal_distribution(u: Expression) -> Expression:
    return divide(call("erfc", multiply(negative(u), number(math.sqrt(0.5)))), TWO)


UFUNCS: Mapping[str, Builder] = MappingProxyType(
    {
        **{name: partial(call, name) for name in _SAME_NAME},
        **{theirs: partial(call, ours) for theirs, ours in _OTHER_NAME.items()},
        "add": add,
        "subtract": subtract,
        "multiply": multiply,
        "divide": divide,
        "power": power,
        "float_power": power,
        "negative": negative,
        "positive": lambda u: u,
        "square": _square,
        "reciprocal": _reciprocal,
        "exp2": _exp2,
        "radians": _radians,
        "deg2rad": _radians,
        "degrees": _degrees,
        "rad2deg": _degrees,
        "floor_divide": _floor_divide,
        "logaddexp": _logaddexp,
        "heaviside": _step,
        "ndtr": _normal_distribution,
    }
)
"""What a universal function of NumPy or SciPy makes of expressions, by its name there."""

COMPARISONS: Mapping[str, str] = MappingProxyType(
    {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<="}
)
"""The signs of comparisons by the names of their universal functions."""
