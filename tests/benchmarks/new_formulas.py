"""A formula that was never seen: how long its program takes to make, beside JAX's, and how long its first fit takes.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.new_formulas`. Times of making are of the
processor, of all threads: JAX compiles in several.
"""

import time
from collections.abc import Callable
from functools import partial

import jax.numpy as jnp
import numpy as np

from app.fitting.formulas import formula, linearity, polynomial_degree, tree
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.problem import Problem
from app.fitting.programs import template
from app.fitting.programs.cache import PROGRAMS
from app.fitting.programs.training import program_of
from app.fitting.training import StepByStep
from tests.benchmarks import jax_ways
from tests.benchmarks.as_a_worker import become_a_worker
from tests.benchmarks.models import MODELS, SOLVER, Model, Vector, assert_close, curve_fit, posed, solved
from tests.benchmarks.table import MAKING, PATH, at_most, begin, fastest, takes
from tests.benchmarks.tutorials_job import DESCENT, over_nodes, tutorial
from tests.benchmarks.tutorials_loop import RATE, START, STEPS

POINTS, REPETITIONS = 1000, 5


def forget() -> None:
    """Forget every formula, and its programs."""
    PROGRAMS.clear()
    for module in (formula, linearity, polynomial_degree, template, tree):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def made(objective: Problem | CompressedProblem, optimizer: Optimizer) -> None:
    forget()
    assert program_of(objective, optimizer) is not None


def making_row(what: str, ours: Callable[[], object], theirs: Callable[[], object]) -> None:
    took = fastest(REPETITIONS, ours, theirs, clock=time.process_time)
    takes(f"formula never seen -> program of {what} / JAX's compilation", MAKING, *took, at_most(0.3))


def descent_row() -> None:
    few = over_nodes(tutorial())
    data = [jnp.asarray(tensor.numpy()) for tensor in (few.nodes, few.matrix, few.target, few.floor)]
    fit = jax_ways.gradient_descent(jax_ways.loss_over_nodes, STEPS)
    theirs = partial(jax_ways.compiled, fit, jnp.array(START), RATE, *data)
    making_row("gradient descent, the tutorial's formula", partial(made, few, DESCENT), theirs)


def solver_row(model: Model) -> None:
    x, y = model.sample(POINTS)
    arguments = jnp.asarray(x), jnp.asarray(y), jnp.asarray(model.start)
    fit = jax_ways.levenberg_marquardt(partial(model.function, jnp), len(model.start))
    assert_close(np.asarray(fit(*arguments)), curve_fit(model, x, y), 1e-5)
    what = f"Levenberg-Marquardt with its updates, {model.name}"
    making_row(what, partial(made, posed(model, x, y), SOLVER), partial(jax_ways.compiled, fit, *arguments))


def first_fit(model: Model, x: Vector, y: Vector, by_program: bool) -> list[float]:
    """Fit as if the formula were new, from its text on."""
    forget()
    problem = posed(model, x, y)
    parameters: list[float] = solved(problem, None if by_program else StepByStep(problem, SOLVER)).parameters.tolist()
    return parameters


def first_fit_rows(model: Model) -> None:
    x, y = model.sample(POINTS)
    ways = [partial(first_fit, model, x, y, by_program) for by_program in (True, False)]
    right = curve_fit(model, x, y)
    for way in ways:
        assert_close(way(), right, 1e-5)
    ours, steps, theirs = fastest(10, *ways, partial(curve_fit, model, x, y))
    what = f"first fit of a formula never seen, {model.name}, {POINTS:,} points, everything included /"
    takes(f"{what} the same step by step", PATH, ours, steps)
    takes(f"{what} scipy `curve_fit`, exact Jacobian", PATH, ours, theirs)


def rows() -> None:
    descent_row()
    for model in MODELS:
        solver_row(model)
    for model in MODELS:
        first_fit_rows(model)


if __name__ == "__main__":
    become_a_worker()
    begin("torch", "jax", "scipy")
    rows()
