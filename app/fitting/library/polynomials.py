"""Polynomials, planes and quotients of polynomials."""

from collections.abc import Sequence

from app.fitting.library.base import Entry, LibraryModel, latex, only_linear
from app.fitting.library.options import Values, Whole


def _polynomial(options: Values, variables: Sequence[str]) -> LibraryModel:
    (x,), degree = variables, options.whole("degree")
    formula = " + ".join(_term("c", k, x) for k in range(degree + 1))
    meanings = {f"c{k}": f"coefficient of {x}^{k}" for k in range(degree + 1)}
    return LibraryModel(formula, latex(_sum("c", 0, degree), x), meanings, only_linear)


def _linear(_options: Values, variables: Sequence[str]) -> LibraryModel:
    slopes = {f"slope_{x}" if len(variables) > 1 else "slope": x for x in variables}
    formula = " + ".join(["intercept", *(f"{slope}*{x}" for slope, x in slopes.items())])
    written = " + ".join(["<intercept>", *(rf"<{slope}>\, {x}" for slope, x in slopes.items())])
    meanings = {slope: f"change of y per unit of {x}" for slope, x in slopes.items()}
    return LibraryModel(formula, latex(written), {"intercept": "value at 0"} | meanings, only_linear)


def _rational(options: Values, variables: Sequence[str]) -> LibraryModel:
    (x,), numerator, denominator = variables, options.whole("numerator"), options.whole("denominator")
    above = " + ".join(_term("a", k, x) for k in range(numerator + 1))
    below = " + ".join(_term("b", k, x) for k in range(1, denominator + 1))
    # Multiplied by its denominator, the model is linear in all parameters.
    linear = f"{above} - y*({below})"
    meanings = {f"a{k}": f"coefficient of {x}^{k} in the numerator" for k in range(numerator + 1)}
    meanings |= {f"b{k}": f"coefficient of {x}^{k} in the denominator" for k in range(1, denominator + 1)}
    written = rf"\frac{{{_sum('a', 0, numerator)}}}{{1 + {_sum('b', 1, denominator)}}}"
    return LibraryModel(f"({above}) / (1 + {below})", latex(written, x), meanings, only_linear, linear)


def _sum(letter: str, first: int, last: int) -> str:
    return " + ".join(f"<{letter}{k}>" + ("" if k == 0 else rf"\, @^{{{k}}}") for k in range(first, last + 1))


def _term(letter: str, power: int, x: str) -> str:
    return f"{letter}{power}" + ("" if power == 0 else f"*{x}" if power == 1 else f"*{x}**{power}")


ENTRIES = {
    "polynomial": Entry("Polynomial", _polynomial, {"degree": Whole(2, 0, 20, "highest power of x")}),
    "linear": Entry("Straight line or plane, of any number of predictor variables", _linear, variables=None),
    "rational": Entry(
        "Quotient of two polynomials",
        _rational,
        {
            "numerator": Whole(1, 0, 10, "degree of the numerator"),
            "denominator": Whole(1, 1, 10, "degree of the denominator"),
        },
    ),
}
