"""A formula that is traced has the values that the function has."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from fit_service_client.tracing import trace
from hypothesis import given, reject
from hypothesis import strategies as st

from app.fitting.formulas.formula import parse

X = np.array([-2.0, -0.7, 0.3, 1.0, 2.4, 17.0])
PARAMETERS = {"a": np.float64(1.7), "b": np.float64(-0.4), "c": np.float64(3.0)}

Function = Callable[..., Any]


def values_of(formula: str) -> np.ndarray:
    """Return the values that the service gives a formula at X."""
    values = {name: torch.tensor(value, dtype=torch.float64) for name, value in PARAMETERS.items()}
    computed = parse(formula)({**values, "x": torch.tensor(X)})
    return np.broadcast_to(computed.numpy(), X.shape)


def check(function: Function) -> None:
    """Check that the formula has the values of the function wherever these are numbers."""
    with np.errstate(all="ignore"):
        expected = np.broadcast_to(np.asarray(function(X, *PARAMETERS.values()), dtype=float), X.shape)
    traced = values_of(trace(function).formula)
    finite = np.isfinite(expected) & (np.abs(expected) < 1e12)
    np.testing.assert_allclose(traced[finite], expected[finite], rtol=1e-9, atol=1e-12)


LEAVES = st.sampled_from(["x", "a", "b", "c", "2", "0.5", "-1.5", "1e-3", "np.pi", "np.float64(3)"])


def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return expressions of Python in which others stand."""
    operators = st.sampled_from(["+", "-", "*", "/"])
    functions = st.sampled_from(["np.sin", "np.tanh", "np.arctan", "np.abs", "np.sign", "-", "np.square", "np.sinc"])
    comparisons = st.sampled_from(["<", "<=", ">", ">="])
    joints = st.sampled_from(["&", "|"])
    condition = st.builds("({} {} {})".format, inner, comparisons, inner)
    joined = condition | st.builds("({} {} {})".format, condition, joints, condition) | condition.map("~{}".format)
    return (
        st.builds("({} {} {})".format, inner, operators, inner)
        | st.builds("({})**{}".format, inner, st.sampled_from(["2", "3", "-1"]))
        | st.builds("{}({})".format, functions, inner)
        | st.builds("np.maximum({}, {})".format, inner, inner)
        | st.builds("np.where({}, {}, {})".format, joined, inner, inner)
        | st.builds("({} * {})".format, joined, inner)
    )


@given(st.recursive(LEAVES, grown, max_leaves=8))
def test_a_formula_has_the_values_of_the_function_it_was_traced_from(expression: str) -> None:
    function: Function = eval(f"lambda x, a, b, c: {expression} + 0 * x + 0 * (a + b + c)", {"np": np})  # noqa: S307
    try:
        with np.errstate(all="ignore"):
            parse(trace(function).formula)
            check(function)
    except (TypeError, ZeroDivisionError, ValueError) as refused:
        # A constant part without a value, such as 1 / 0, or of integers, which NumPy takes to no negative power.
        words = (
            "no formula can hold",
            "more than 2,000",
            "division",
            "finite",
            "0.0 cannot",
            "negative integer powers",
        )
        reject_unless(refused, words)


def reject_unless(refused: Exception, words: tuple[str, ...]) -> None:
    """Reject an example that was refused for one of these reasons."""
    if any(word in str(refused) for word in words):
        reject()
    raise refused


@pytest.mark.parametrize(
    ("function", "formula"),
    [
        (lambda x, a, b, c: a * np.exp(-b * x) + c, "a * exp(-b * x) + c"),
        (lambda x, a, b, c: a / (b / c) - (x - (-c)), "a / (b / c) - (x - (-c))"),
        (lambda x, a, b, c: (-x) ** 2 - (x**a) ** -2 + b * c, "(-x)^2 - (x^a)^(-2) + b * c"),
        (lambda x, a, b, c: a + b * (x > c), "a + b * where(x > c, 1, 0)"),
        (lambda x, a, b, c: b * ((x > a) + (x > c)), "b * where(where(x > a, 1, 0) + where(x > c, 1, 0) > 0, 1, 0)"),
        (lambda x, a, b, c: np.where(x < c, a, b), "where(x < c, a, b)"),
        (lambda x, a, b, c: np.polyval([a, b, c], x), "(a * x + b) * x + c"),
        (lambda x, a, b, c: np.asarray(x) * a + np.exp(np.asarray(x)) * b + c, "x * a + exp(x) * b + c"),
    ],
)
def test_a_formula_reads_as_a_person_would_write_it(function: Function, formula: str) -> None:
    assert trace(function).formula == formula
    check(function)
