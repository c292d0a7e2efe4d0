"""In which parameters a formula is linear."""

import pytest

from app.fitting.formulas.formula import parse
from app.fitting.formulas.linearity import is_linear, linear_parameters
from app.fitting.formulas.parameters import Parameters, parse_tie


def parameters(text: str, fixed: tuple[str, ...] = (), **tied: str) -> Parameters:
    names = parse(text).parameters
    return Parameters(names, dict.fromkeys(fixed, 2.0), {name: parse_tie(tie, names) for name, tie in tied.items()})


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a + b * x",
        "-(a - b * x) / 2",
        "3 + a * exp(x) * x / 7",
        "x / 2 * (a + (b - c * x) * sin(x)) * x",
        "a * x - (a + 1) * x**2",
        "a * P3(x) + b * where(x, 1, 2)",
    ],
)
def test_sums_of_parameters_times_anything_without_them_are_linear(text: str) -> None:
    assert is_linear(parse(text), parameters(text))


@pytest.mark.parametrize(
    "text",
    [
        "a * b",
        "a * (x + 2 * b)",
        "x / a",
        "1 / (a + x)",
        "a**2",
        "x**a",
        "sin(a * x)",
        "a * x / (1 + a)",
        "a + b * exp(-k * x)",
    ],
)
def test_products_quotients_powers_and_functions_of_parameters_are_not_linear(text: str) -> None:
    assert not is_linear(parse(text), parameters(text))


@pytest.mark.parametrize(
    ("text", "fixed"),
    [("a * x / c", ("c",)), ("(a + b * x) * exp(-k * x)", ("k",)), ("a**b * x", ("a", "b")), ("a * x**n", ("n",))],
)
def test_fixed_parameters_are_numbers(text: str, fixed: tuple[str, ...]) -> None:
    assert is_linear(parse(text), parameters(text, fixed))


def test_tied_parameters_stand_for_their_formulas() -> None:
    text = "a * x + b * exp(x)"
    assert is_linear(parse(text), parameters(text, b="2 * a + 1"))
    assert not is_linear(parse(text), parameters(text, b="a**2"))
    assert is_linear(parse("a * exp(-k * x) + c"), parameters("a * exp(-k * x) + c", ("c",), k="c / 2"))
    assert not is_linear(parse("a * exp(-k * x) + c"), parameters("a * exp(-k * x) + c", k="c / 2"))


@pytest.mark.parametrize(
    ("text", "linear"),
    [
        ("a + b * x", ("a", "b")),
        ("b1 * (1 - exp(-b2 * x))", ("b1",)),
        ("a * exp(-k * x) + b * exp(-m * x) + c", ("a", "b", "c")),
        ("a * (x + 2 * b)", ("a",)),
        ("a * (b + c * x)", ("a",)),
        ("c + b / x * a", ("c", "b")),
        ("a / (1 + a * x)", ()),
        ("exp(a + b * x)", ()),
        ("pi * x", ()),
    ],
)
def test_the_first_parameters_that_are_linear_together_are_found(text: str, linear: tuple[str, ...]) -> None:
    assert linear_parameters(parse(text)) == linear


def test_only_free_parameters_are_found() -> None:
    assert linear_parameters(parse("a * b + c"), free=("b", "c")) == ("b", "c")


def test_parameters_of_a_tie_are_found_in_place_of_the_tied_one() -> None:
    formula = parse("a + b * exp(-k * x)")
    assert linear_parameters(formula, tied={"b": parse_tie("2 * a", ("a", "k"))}) == ("a",)
    assert linear_parameters(formula, tied={"b": parse_tie("a * k", ("a", "k"))}) == ("a",)
    assert linear_parameters(formula, tied={"k": parse_tie("a", ("a", "b"))}) == ("b",)
