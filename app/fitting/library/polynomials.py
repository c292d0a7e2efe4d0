"""Polynomials, planes and quotients of polynomials."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.library.base import CONSTANT, Entry, LibraryModel, Term, latex, only_linear
from app.fitting.library.options import Values, Whole
from app.fitting.library.sample import Sample
from app.fitting.starts.variable_projection import project


def _polynomial(options: Values, variables: Sequence[str]) -> LibraryModel:
    (x,), degree = variables, options.whole("degree")
    meanings = {f"c{k}": f"coefficient of {x}^{k}" for k in range(degree + 1)}
    terms = (Term("c0"), *(Term(f"c{k}", x, k) for k in range(1, degree + 1)))
    return LibraryModel("", "", meanings, only_linear, terms)


def _linear(_options: Values, variables: Sequence[str]) -> LibraryModel:
    slopes = {f"slope_{x}" if len(variables) > 1 else "slope": x for x in variables}
    terms = (Term("intercept"), *(Term(slope, x, 1) for slope, x in slopes.items()))
    meanings = {slope: f"change of y per unit of {x}" for slope, x in slopes.items()}
    return LibraryModel("", "", {"intercept": "value at 0"} | meanings, only_linear, terms)


def _rational(options: Values, variables: Sequence[str]) -> LibraryModel:
    (x,), numerator, denominator = variables, options.whole("numerator"), options.whole("denominator")
    above = " + ".join(_term("a", k, x) for k in range(numerator + 1))
    below = " + ".join(_term("b", k, x) for k in range(1, denominator + 1))
    meanings = {f"a{k}": f"coefficient of {x}^{k} in the numerator" for k in range(numerator + 1)}
    meanings |= {f"b{k}": f"coefficient of {x}^{k} in the denominator" for k in range(1, denominator + 1)}
    written = rf"\frac{{{_sum('a', 0, numerator)}}}{{1 + {_sum('b', 1, denominator)}}}"
    taken_up = [(x, power) if power else CONSTANT for power in range(numerator - denominator + 1)]
    return LibraryModel(
        f"({above}) / (1 + {below})",
        latex(written, x),
        meanings,
        partial(_denominators, x, above, below),
        inherent=frozenset(taken_up),
    )


def _denominators(x: str, above: str, below: str, sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    """Return the denominator of the model as it is multiplied by it, and so linear in all parameters."""
    formula, y = parse(f"{above} - y*({below})", (x, "y")), sample.y
    values = project(formula, formula.parameters, {**sample.variables, "y": y}, y).values
    return [{name: values[name] for name in parse(below, (x,)).parameters}]


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
