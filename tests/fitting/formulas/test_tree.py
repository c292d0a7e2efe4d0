"""The tree of a formula: which operation belongs to which operands."""

import pytest

from app.fitting.formulas.text import FormulaError
from app.fitting.formulas.tree import Call, Chain, Name, Negative, Number, Power, read_tree


def test_a_sum_of_products_is_two_levels() -> None:
    assert read_tree("a + 2*x - b") == Chain(
        0,
        Name(0, "a"),
        (("+", Chain(4, Number(4, 2.0), (("*", Name(6, "x")),))), ("-", Name(10, "b"))),
    )


def test_a_power_binds_more_than_a_sign_and_from_the_right() -> None:
    tree = read_tree("-x**2**3")
    assert isinstance(tree, Negative)
    assert tree.operand == Power(1, Name(1, "x"), Power(4, Number(4, 2.0), Number(7, 3.0)))


def test_a_call_has_its_arguments() -> None:
    assert read_tree("hypot(x, 3)") == Call(0, "hypot", (Name(6, "x"), Number(9, 3.0)))


def test_words_of_python_are_names_as_all_others() -> None:
    assert read_tree("lambda - is(x)") == Chain(0, Name(0, "lambda"), (("-", Call(9, "is", (Name(12, "x"),))),))


def test_a_comparison_in_where_is_a_difference() -> None:
    difference = Chain(10, Name(10, "b"), (("-", Name(6, "x")),))
    assert read_tree("where(x < b, 1, 2)") == Call(0, "where", (difference, Number(13, 1.0), Number(16, 2.0)))
    turned = Call(0, "where", (Name(6, "x"), Number(17, 2.0), Number(14, 1.0)))
    assert read_tree("where(x <= 0, 1, 2)") == turned


@pytest.mark.parametrize(("text", "place"), [("x < 2", 2), ("sin((x) >= 2)", 8), ("where(1, x > 2, 0)", 11)])
def test_a_comparison_elsewhere_is_refused_where_it_stands(text: str, place: int) -> None:
    with pytest.raises(FormulaError, match="a comparison stands first in where") as caught:
        read_tree(text)
    assert caught.value.position == place


@pytest.mark.parametrize("text", ["where(0 < x < 1, 1, 2)", "0 < x <= 1"])
def test_two_comparisons_in_one_are_refused(text: str) -> None:
    with pytest.raises(FormulaError, match="takes one comparison"):
        read_tree(text)


@pytest.mark.parametrize("text", ["", "a +", "(a", "a b", "a)", "f(a"])
def test_what_follows_no_grammar_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        read_tree(text)


def test_a_long_sum_is_read_and_deep_brackets_are_not() -> None:
    assert isinstance(read_tree("+".join(["x"] * 900)), Chain)
    with pytest.raises(FormulaError, match="nested"):
        read_tree("abs(" * 101 + "x" + ")" * 101)
