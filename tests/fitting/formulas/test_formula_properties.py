"""Laws of formulas, on random ones: they mean what Python means, and with their numbers in them they stay the same."""

import math
from types import FunctionType

import pytest
import torch
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from app.fitting.formulas.formula import FormulaError, parse
from tests.helpers.formula_texts import PYTHON, texts

VARIABLES = {"x": 2.0, "y": -0.5}

law = settings(deadline=None, max_examples=300, derandomize=True, suppress_health_check=[HealthCheck.filter_too_much])


def as_python(text, names):
    """Return the value that Python gives to the text, a float."""
    evaluate = FunctionType(compile(text, "formula", "eval"), {**names, **PYTHON})
    try:
        value = float(evaluate())
    except ArithmeticError:
        reject()
    return value


def parse_unless_not_finite(text, variables):
    try:
        return parse(text, variables)
    except FormulaError as error:
        if "no finite value" in error.message:
            reject()
        raise


def double(value):
    return torch.tensor(value, dtype=torch.float64)


@law
@given(texts(st.sampled_from(["1.0", "2.0", "3.0", "0.5", "x", "y"])))
def test_formula_evaluates_as_python_does(text):
    expected = as_python(text, VARIABLES)
    formula = parse_unless_not_finite(text, VARIABLES)
    computed = formula({name: double(value) for name, value in VARIABLES.items()}).item()
    assert computed == pytest.approx(expected, rel=1e-12, abs=1e-12)


@law
@given(
    texts(st.sampled_from(["1.5", "x", "a", "b", "c", "sin(a)", "P3(b)"])),
    st.lists(st.floats(-10, 10), min_size=3, max_size=3),
)
def test_formula_with_numbers_parses_to_the_same_values(text, numbers):
    formula = parse_unless_not_finite(text, ["x"])
    x = double([-0.7, 0.3, 1.9])
    by_name = dict(zip("abc", numbers, strict=True))
    expected = formula({"x": x} | {name: double(number) for name, number in by_name.items()})
    if not expected.isfinite().all():
        reject()
    again = parse_unless_not_finite(formula.with_numbers(by_name), ["x"])
    assert again.parameters == ()
    torch.testing.assert_close(again({"x": x}).expand_as(expected), expected, rtol=1e-9, atol=1e-9)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
def test_number_comes_back_exactly(number):
    assert parse(parse("a").with_numbers({"a": number}))({}).item() == number


@pytest.mark.parametrize(
    ("text", "with_numbers"),
    [
        ("a + b * P3(c)", "0.5 - 2.2 * P3(3.0)"),
        ("a - b * x", "0.5 + 2.2 * x"),
        ("a +b*x", "0.5 -2.2*x"),
        ("b * x", "-2.2 * x"),
        ("x * b", "x * (-2.2)"),
        ("x / b", "x / (-2.2)"),
        ("-b", "-(-2.2)"),
        ("x * -b", "x * -(-2.2)"),
        ("x - -b", "x - -(-2.2)"),
        ("b ** 2", "(-2.2) ** 2"),
        ("x - b ** 2", "x - (-2.2) ** 2"),
        ("x - b^2", "x - (-2.2)^2"),
        ("x ** b", "x ** (-2.2)"),
        ("(b)**2", "(-2.2)**2"),
        ("minimum(b, b + x)", "minimum(-2.2, -2.2 + x)"),
        ("c + tiny", "3.0 + 1e-30"),
        ("P3 * P3(x) - exp(x)", "7.0 * P3(x) - exp(x)"),
    ],
)
def test_formula_with_numbers_reads_well(text, with_numbers):
    numbers = {"a": 0.5, "b": -2.2, "c": 3.0, "tiny": 1e-30, "P3": 7}
    assert parse(text).with_numbers(numbers) == with_numbers


def test_every_number_is_needed():
    with pytest.raises(KeyError, match="b"):
        parse("a + b").with_numbers({"a": 1.0})


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_must_be_finite(number):
    with pytest.raises(ValueError, match="the number for a is not finite"):
        parse("a * x").with_numbers({"a": number})
