"""Random texts of formulas, and what Python calls by the names in them."""

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
from hypothesis import strategies as st

OF_ONE = ("abs", "erfcx", "erfinv", "j0", "j1", "lambertw")
OF_TWO = ("minimum", "exp_erfc")
_LARGEST = 100
"""Beyond it the rounding of a number alone changes its sine."""


def texts(leaves: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return random formula texts; brackets are not put where they are needed but anywhere."""

    def grown(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.tuples(texts, st.sampled_from([" + ", "-", "*", " / "]), texts).map("".join),
            st.tuples(texts, st.sampled_from(["**", " ** -"]), st.sampled_from(["1", "2", "3"])).map("".join),
            texts.map("-{}".format),
            texts.map("({})".format),
            st.tuples(st.sampled_from(OF_ONE), texts).map(lambda drawn: "{}({})".format(*drawn)),
            st.tuples(st.sampled_from(OF_TWO), texts, texts).map(lambda drawn: "{}({}, {})".format(*drawn)),
            st.tuples(texts, texts).map(lambda pair: "exp(-{})*2*erfc({})".format(*pair)),
            st.tuples(texts, st.sampled_from([" < ", ">", "<=", " >= "]), texts, texts, texts).map(
                lambda drawn: "where({}{}{}, {}, {})".format(*drawn)
            ),
        )

    return st.recursive(leaves, grown, max_leaves=12)


def _real(function: Callable[..., Any]) -> Callable[..., float]:
    def value(*arguments: float) -> float:
        if any(abs(argument) > _LARGEST for argument in arguments):
            raise ArithmeticError
        number = function(*map(mpmath.mpf, arguments))
        if not mpmath.isfinite(number):
            raise ArithmeticError
        return float(number)

    return value


PYTHON: Mapping[str, Callable[..., float]] = {
    "abs": abs,
    "minimum": min,
    "where": lambda condition, chosen, other: chosen if condition > 0 else other,
    "exp": _real(mpmath.exp),
    "erfc": _real(mpmath.erfc),
    "exp_erfc": _real(lambda u, v: mpmath.exp(u) * mpmath.erfc(v)),
    "erfcx": _real(lambda u: mpmath.exp(u * u) * mpmath.erfc(u)),
    "erfinv": _real(lambda u: mpmath.erfinv(u) if abs(u) < 1 else mpmath.nan),
    "j0": _real(mpmath.j0),
    "j1": _real(mpmath.j1),
    "lambertw": _real(lambda u: mpmath.lambertw(u).real if u > -0.367 else mpmath.nan),
}
"""Functions of Python by the names that they have in the texts; they raise ArithmeticError where they have no value."""
