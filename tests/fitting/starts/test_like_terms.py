"""Terms of a sum that are alike are told from all others."""

import pytest

from app.fitting.formulas.formula import parse
from app.fitting.formulas.linearity import linear_parameters
from app.fitting.formulas.tree import read_tree
from app.fitting.starts.like_terms import LikeTerms, like_terms


def alike(formula: str) -> LikeTerms:
    linear = linear_parameters(parse(formula))
    drawn = [name for name in parse(formula).parameters if name not in linear]
    return like_terms(read_tree(formula), ["x"], drawn, linear)


def test_peaks_are_alike_whatever_their_parameters_are_called() -> None:
    terms = alike("h*exp(-((x - m)/s)^2) + b + k*exp(-((x - q)/u)^2)")
    assert (terms.factors, terms.inner) == (("h", "k"), (("m", "s"), ("q", "u")))


def test_what_terms_share_is_no_part_of_them() -> None:
    assert alike("a*exp(-((x - m)/w)^2) + b*exp(-((x - n)/w)^2)").inner == (("m",), ("n",))


@pytest.mark.parametrize(
    "formula",
    [
        "a*exp(-b*x) + c",
        "a*exp(-b*x) + c*exp(b*x)",
        "a*exp(-2*b*x) + c*exp(-3*d*x)",
        "a*exp(-b*x)*sin(c*x)",
        "a*(exp(-b*x) + exp(-c*x))",
    ],
)
def test_other_terms_are_not_alike(formula: str) -> None:
    assert len(alike(formula)) == 0


def test_of_several_kinds_the_most_numerous_is_taken() -> None:
    assert alike("a*sin(b*x) + c*exp(-d*x) + f*sin(g*x) + h*exp(-k*x) + l*exp(-m*x)").factors == ("c", "h", "l")
