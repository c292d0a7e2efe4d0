"""Every function of formulas has machine code, and a step with it is that of torch.

A new function that torch computes by an operation without a rule fails here.
"""

import pytest
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.functions import ALIASES, FUNCTIONS
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.problem import Problem
from tests.helpers.programs import (
    beside_each_other,
    by_program,
    by_torch,
    descended,
    fit,
    is_close,
    tried,
    tried_by_torch,
)

ADAM = make_optimizer("adam", learning_rate=0.01)
DESCENT = make_optimizer("gradient_descent", learning_rate=0.01)
WITHOUT_MACHINE_CODE: list[str] = []
"""Functions that have none yet; it is to stay empty."""
WITH_IT = [name for name in FUNCTIONS if name not in ALIASES and name not in WITHOUT_MACHINE_CODE]
CONSTANTS = ("4", "0.7", "1.3")
"""Degree of a polynomial, and the parameters of its family."""
START = {"a": 0.21, "b": 0.5, "c": 0.3, "d": 0.23, "f": 0.6, "g": 0.1, "o": 0.2}
"""Start values: arguments are about 0.3 to 0.8, where most functions have values."""
STARTS = {"acosh": START | {"a": 1.2}, "sign": START | {"a": -0.3}}
TRIGAMMA = 1e-8
"""Relative error of torch's second derivative of lgamma; ours is held against exact values in `test_special`."""
PRECISIONS = {"digamma": TRIGAMMA}
POLYNOMIALS = [name for name, function in FUNCTIONS.items() if function.constants]


def call(name: str, degree: str = CONSTANTS[0]) -> str:
    """Return a call of a function in x and parameters."""
    function = FUNCTIONS[name]
    constants = [degree, *CONSTANTS[1:]][: function.constants]
    letters = iter("abcdfg")
    others = [f"{next(letters)} + {next(letters)}*x" for _ in function.arguments[function.constants :]]
    return f"o + {name}({', '.join([*constants, *others])})"


def posed(text: str, name: str, dtype: torch.dtype = torch.float64, seed: int = 0) -> Problem:
    start = STARTS.get(name, START)
    used = {letter: start[letter] for letter in parse(text).parameters}
    return fit(text, used, dtype=dtype, seed=seed)


@pytest.mark.parametrize("name", WITH_IT)
def test_a_step_of_descent_with_a_function_is_that_of_torch(name: str) -> None:
    problem = posed(call(name), name)
    expected = DESCENT.step(problem, problem.start, DESCENT.init(problem.start)).parameters
    assert is_close(descended(problem, DESCENT, problem.start), expected, PRECISIONS.get(name, 1e-12))


@pytest.mark.parametrize("name", WITH_IT)
def test_a_step_in_float32_with_a_function_is_that_of_torch(name: str) -> None:
    problem = posed(call(name), name, torch.float32)
    expected = ADAM.step(problem, problem.start, ADAM.init(problem.start)).parameters
    assert is_close(descended(problem, ADAM, problem.start), expected, 1e-5)


@pytest.mark.parametrize("name", WITH_IT)
def test_a_step_of_many_curves_with_a_function_is_that_of_torch(name: str) -> None:
    curves = beside_each_other([posed(call(name), name, seed=1000 * curve) for curve in range(5)])
    expected = DESCENT.step(curves, curves.start, DESCENT.init(curves.start)).parameters
    assert is_close(descended(curves, DESCENT, curves.start), expected, PRECISIONS.get(name, 1e-12))


@pytest.mark.parametrize("name", WITH_IT)
def test_a_trial_of_levenberg_marquardt_with_a_function_is_that_of_torch(name: str) -> None:
    problem = posed(call(name), name)
    expected = tried_by_torch(problem, problem.start)
    for part, right in zip(tried(problem, problem.start), expected, strict=True):
        assert is_close(part, right, 100 * PRECISIONS.get(name, 1e-11))


@pytest.mark.parametrize("name", WITHOUT_MACHINE_CODE or ["none"])
def test_what_is_said_to_have_no_machine_code_has_none(name: str) -> None:
    if name in FUNCTIONS:
        with pytest.raises(AssertionError):
            by_program(call(name), torch.ones(1, dtype=torch.float64))


@pytest.mark.parametrize("degree", ["0", "1", "2", "30"])
@pytest.mark.parametrize("name", POLYNOMIALS)
def test_polynomials_of_any_degree_have_machine_code(name: str, degree: str) -> None:
    problem = posed(call(name, degree), name)
    expected = ADAM.step(problem, problem.start, ADAM.init(problem.start)).parameters
    assert is_close(descended(problem, ADAM, problem.start), expected, 1e-9)


NUMBERS = [float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 1e17]
NUMBERS += [sign * size for size in (1e-8, 0.5, 1.3, 30.5, 700.5) for sign in (1, -1)]
U = torch.tensor(NUMBERS, dtype=torch.float64)
OF_ONE = [
    f"{name}({', '.join([*CONSTANTS[: function.constants], 'u'])})"
    for name, function in FUNCTIONS.items()
    if len(function.arguments) == function.constants + 1 and name in WITH_IT
]
OF_MORE = [
    *("atan2(u, 0.5)", "atan2(0.5, u)", "minimum(u, 1)", "maximum(1, u)", "clip(u, -1, 2)", "clip(0.5, u, 2)"),
    *(
        "where(u, u, 2)",
        "where(u - 1, 1/u, u)",
        "where(u >= 0.5, u, 2)",
        "hypot(u, 3)",
        "exp_erfc(u, 3)",
        "exp_erfc(3, u)",
    ),
    *("mod(u, 0.3)", "mod(u, -0.3)", "mod(1.3, u)", "mod(u, u)"),
]
ARITHMETIC = [
    *("u/3", "3/u", "u/u", "u - u", "(u - u)/(u - u)", "u*0", "0*u + 1", "-u", "exp(exp(u))", "1/(1 + exp(-u))"),
    *(
        "u**0",
        "u**2",
        "u**3",
        "u**-1",
        "u**-2",
        "u**0.5",
        "u**-0.5",
        "u**1.5",
        "u**2.7",
        "u**64",
        "u**65",
        "2**u",
        "u**u",
    ),
]


@pytest.mark.parametrize("text", OF_ONE + OF_MORE + ARITHMETIC)
def test_what_is_not_finite_comes_through_as_in_torch(text: str) -> None:
    # At their poles, the gamma functions of torch are now NaN, now infinite.
    u = U[U.isnan() | (U > 0.1) | (U < -0.1) & U.isfinite()] if "gamma" in text else U
    values, slopes = by_program(text, u)
    expected, slopes_expected = by_torch(text, u)
    where = u.isfinite() if "**" in text else torch.ones_like(u, dtype=torch.bool)
    torch.testing.assert_close(values[where], expected[where], rtol=1e-9, atol=0, equal_nan=True)
    finite = slopes_expected.isfinite() & u.isfinite()
    torch.testing.assert_close(slopes[finite], slopes_expected[finite], rtol=TRIGAMMA, atol=0)
    assert not slopes[~slopes_expected.isfinite() & u.isfinite()].isfinite().any()
