"""Laws of programs, on random formulas and data: their steps are those of torch to rounding."""

import os

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from app.fitting.formulas.formula import FormulaError
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.losses import LOSSES
from app.fitting.problems.problem import Problem
from tests.helpers.formula_texts import texts
from tests.helpers.programs import beside_each_other, descended, fit, tried, tried_by_torch

LEAVES = [
    "1.5",
    "0.3",
    "x",
    "a",
    "b",
    "c",
    "sin(a)",
    "P3(b)",
    "exp(c*x)",
    "sqrt(a)",
    "erf(x)",
    "U4(x*c)",
    "hypot(a, x)",
]
OPTIMIZERS = [
    make_optimizer("gradient_descent", learning_rate=1e-3),
    make_optimizer("gradient_descent", learning_rate=1e-3, momentum=0.5, nesterov=True),
    make_optimizer("adam", learning_rate=1e-3),
]
DTYPES = {torch.float64: 1e-9, torch.float32: 1e-3}

TIMES = int(os.environ.get("FIT_TEST_TIMES", "1"))
"""How many times as many examples as in the gate; `.ci/long` asks for more, and for others each time."""
law = settings(
    deadline=None,
    max_examples=40 * TIMES,
    derandomize=TIMES == 1,
    suppress_health_check=[HealthCheck.filter_too_much],
)
formulas = texts(st.sampled_from(LEAVES))
losses = st.sampled_from([*LOSSES])
seeds = st.integers(0, 10**6)
flags = st.booleans()


def posed(text: str, loss: str, dtype: torch.dtype, points: int, seed: int, weighted: bool) -> Problem:
    values = {"a": 0.9, "b": 0.6, "c": 0.4}
    start = {name: value for name, value in values.items() if name in parameters_of(text)}
    assume(start)
    try:
        return fit(text, start, loss=loss, dtype=dtype, points=points, seed=seed, weighted=weighted)
    except FormulaError as error:
        assume("no finite value" not in error.message)
        raise


def parameters_of(text: str) -> set[str]:
    words = "".join(letter if letter.isalnum() else " " for letter in text).split()
    return {*words} & {"a", "b", "c"}


def assert_agree(actual: Tensor, expected: Tensor, start: Tensor, precision: float) -> None:
    """Compare what a step changes; what rounding makes of a gradient of 0 is measured by the parameters."""
    size = max(float(start.abs().max()), float(expected.nan_to_num(0, 0, 0).abs().max()))
    torch.testing.assert_close(actual, expected, rtol=precision, atol=precision * size, equal_nan=True)


@law
@given(formulas, losses, st.sampled_from([*DTYPES]), st.integers(1, 40), seeds, flags, st.sampled_from(OPTIMIZERS))
def test_a_step_of_a_random_fit_is_that_of_torch(text, loss, dtype, points, seed, weighted, optimizer) -> None:
    problem = posed(text, loss, dtype, points, seed, weighted)
    state = optimizer.init(problem.start)
    expected = optimizer.step(problem, problem.start, state).parameters
    # Near a pole the rounding of the parameters alone changes a step.
    near = optimizer.step(problem, problem.start.nextafter(problem.start + 1), state).parameters
    assume(torch.allclose(near, expected, rtol=DTYPES[dtype] / 10, equal_nan=True))
    # Adam takes the sign of a gradient, and one of 0 has that of its rounding.
    gradient = torch.autograd.functional.jacobian(problem.loss, problem.start) if optimizer.name == "adam" else None
    terms = float(problem.loss(problem.start).abs()) + 1
    assume(gradient is None or bool((gradient.abs() > 1e-4 * terms).all()))
    assert_agree(descended(problem, optimizer, problem.start), expected, problem.start, DTYPES[dtype])


@law
@given(formulas, losses, st.lists(st.integers(1, 20), min_size=1, max_size=6), seeds, flags)
def test_a_step_of_random_curves_is_that_of_torch(text, loss, lengths, seed, weighted) -> None:
    fits = [posed(text, loss, torch.float64, points, seed + points, weighted) for points in lengths]
    curves = beside_each_other(fits)
    optimizer = OPTIMIZERS[1]
    expected = optimizer.step(curves, curves.start, optimizer.init(curves.start)).parameters
    assert_agree(descended(curves, optimizer, curves.start), expected, curves.start, 1e-9)


@settings(law, max_examples=15 * TIMES)
@given(formulas, losses, st.integers(4, 40), seeds, flags)
def test_gram_matrix_and_gradient_of_a_random_fit_are_those_of_torch(text, loss, points, seed, weighted) -> None:
    problem = posed(text, loss, torch.float64, points, seed, weighted)
    there, expected = tried(problem, problem.start, trials=0), tried_by_torch(problem, problem.start, trials=0)
    for name in ("parameters", "loss", "gradient", "gram", "ended"):
        part, right = getattr(there, name), getattr(expected, name)
        # Derivatives that cancel, as those of a/a, leave rounding behind.
        size = 1e-4 * (1 + float(expected.loss.nan_to_num(0, 0, 0).abs().sqrt()))
        if name == "gradient":
            size += float(expected.gram.diagonal().sum().nan_to_num(0, 0, 0).sqrt())
        assert_agree(part, right, torch.full((1,), size), 1e-9)


@pytest.mark.parametrize("text", ["a", "x - x + a", "a*0 + x", "a/a"])
def test_formulas_that_say_little_have_programs_too(text: str) -> None:
    problem = fit(text, {"a": 0.7})
    expected = OPTIMIZERS[0].step(problem, problem.start, {}).parameters
    assert_agree(descended(problem, OPTIMIZERS[0], problem.start), expected, problem.start, 1e-12)
