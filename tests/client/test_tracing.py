"""A function becomes a formula, or a TypeError says what to write in its place."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from fit_service_client.tracing import trace


def test_arguments_become_parameters_in_their_order_and_defaults_start_values() -> None:
    def decay(t: Any, rate: Any, amplitude: float = 2, *, offset: float = 0.5) -> Any:
        return amplitude * np.exp(-rate * t) + offset

    traced = trace(decay)
    assert traced.formula == "amplitude * exp(-rate * x) + 0.5"
    assert list(traced.parameters.values()) == ["rate", "amplitude"]
    assert traced.defaults == {"amplitude": 2.0}


def test_what_is_bound_by_partial_is_a_number() -> None:
    assert trace(partial(lambda x, a, n: a * x**n, n=3)).formula == "a * x^3"


def test_names_that_mean_something_else_in_a_formula_get_others() -> None:
    traced = trace(lambda t, x, e, _s, p2: x * t + e + _s * p2)
    assert traced.parameters == {"x": "x_", "e": "e_", "_s": "p2_", "p2": "p2"}
    assert traced.formula == "x_ * x + e_ + p2_ * p2"


def test_parameters_that_are_gathered_are_as_many_as_is_said() -> None:
    assert trace(lambda x, *p: np.polyval(p, x), parameters=3).formula == "(p0 * x + p1) * x + p2"
    with pytest.raises(TypeError, match="say by p0 how many"):
        trace(lambda x, *p: np.polyval(p, x))


def test_several_predictor_variables_are_taken_apart() -> None:
    def plane(point: Any, a: Any, b: Any) -> Any:
        u, v = point
        return a * u + b * v

    assert trace(plane, ("u", "v")).formula == "a * u + b * v"
    with pytest.raises(TypeError, match="x has several rows"):
        trace(lambda point, a: a * point, ("u", "v"))


def nothing(_x: Any, _a: Any) -> None:
    pass


def looping(x: Any, a: Any) -> Any:
    return [a * value for value in x]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x, a: a * math.exp(x), r"np\.exp and the like for the functions of math"),
        (lambda x, a: a if x > 0 else -a, r"np\.where\(x > c, a, b\) for if and else"),
        (lambda x, a: (0 < x < 1) * a, r"\(a < x\) & \(x < b\)"),
        (lambda x, a: max(x, a), r"np\.maximum for min and max"),
        (lambda x, a: a * np.asarray(x, dtype=float), "leave out float"),
        (lambda x, a: a * x.astype(float), "there is no astype"),
        (lambda x, a: a * np.sum(x), r"np\.sum can't be part of a formula"),
        (lambda x, a: a * np.add.reduce(x), r"np\.add"),
        (looping, "no indices, lengths, loops"),
        (lambda x, a: a * x[0], "no indices, lengths, loops"),
        (lambda x, a: a * x + np.array([1.0, 2.0]), "an array of numbers"),
        (lambda x, a: a * (x == 1), "compares by =="),
        (lambda x, a: a * np.spacing(x), "uses spacing, which no formula has"),
        (lambda x, a: a * x + math.inf, "no formula can hold"),
        (nothing, "a NoneType in it"),
        (lambda x, a: (x & 1) * a, "joins by & or |"),
        (lambda x: x, "no parameters"),
        (lambda: 1, "needs x as its first argument"),
    ],
)
def test_what_no_formula_can_say_is_refused_with_what_to_write(function: Callable[..., Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        trace(function)


def test_a_formula_that_would_be_too_long_is_refused_while_it_grows() -> None:
    def doubling(x: Any, a: Any) -> Any:
        for _ in range(50):
            x = x + a * x
        return x

    with pytest.raises(TypeError, match="more than 2,000 characters"):
        trace(doubling)
