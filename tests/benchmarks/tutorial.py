"""The tutorial's job in process, on one thread: our way and its program alone, beside the tutorial's loop and JAX.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.tutorial`. Everything is float64, the
tutorial's loop too, which was written in float32: so all do the same arithmetic.
"""

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import torch
from torch import Tensor

from app.fitting.curves import CurveProblem, CurveResults, fit_curves
from app.fitting.curves.compression import compressed_curves
from app.fitting.problems.compression import CompressedProblem
from app.fitting.problems.problem import Problem
from app.fitting.programs.descent import Descent
from app.fitting.training import runner_of, start, train
from tests.benchmarks import jax_ways
from tests.benchmarks.as_a_worker import become_a_worker
from tests.benchmarks.models import CHUNK_SECONDS, assert_close
from tests.benchmarks.table import PATH, PROGRAM, at_least, begin, faster, fastest
from tests.benchmarks.tutorials_job import DESCENT, over_nodes, tutorial
from tests.benchmarks.tutorials_loop import FINAL_LOSS, POINTS, RATE, START, STEPS, tutorials_loop
from tests.benchmarks.work import end_of

FITS = 1024
Answer = tuple[list[float], float]
"""Coefficients, and the loss before the last step."""


def job(problem: Problem) -> Answer:
    """Do the whole job from its points on, with compression, as a worker does."""
    objective = over_nodes(problem)
    runner = runner_of(objective, DESCENT)
    first = start(objective, DESCENT, problem.start, runner)
    chunks = list(train(objective, DESCENT, first, STEPS, CHUNK_SECONDS, runner=runner))
    return chunks[-1].checkpoint.parameters.tolist(), chunks[-1].losses[-1]


def program(objective: Problem | CompressedProblem, first: Tensor) -> Callable[[], Answer]:
    """Return one call of the program, which takes all steps."""
    descent = Descent.of(objective, DESCENT)
    assert descent is not None

    def run() -> Answer:
        parameters, _, losses = descent.run(first, {}, STEPS)
        return parameters.tolist(), losses[-1].item()

    return run


def by_jax(loss: Callable[..., jax.Array], data: Sequence[Tensor]) -> Callable[[], Answer]:
    """Return one call of JAX's loop, which takes all steps."""
    fit = jax.jit(jax_ways.gradient_descent(loss, STEPS))
    first, arrays = jnp.array(START), [jnp.asarray(tensor.numpy()) for tensor in data]

    def run() -> Answer:
        # As numpy arrays, which costs nothing: to index a JAX array would take longer than some loops.
        p, losses = (np.asarray(array) for array in jax.block_until_ready(fit(first, RATE, *arrays)))
        return p.tolist(), losses[-1].item()

    return run


def job_rows(problem: Problem) -> float:
    """Print the rows of one fit; return the seconds of the tutorial's loop."""
    few, points = over_nodes(problem), (problem.data.variables["x"], problem.data.y)
    loop = partial(tutorials_loop, *points)
    right, _ = loop()
    ways = {
        "job": (partial(job, problem), 100),
        "nodes": (program(few, problem.start), 200),
        "points": (program(problem, problem.start), 50),
        "jax nodes": (by_jax(jax_ways.loss_over_nodes, [few.nodes, few.matrix, few.target, few.floor]), 200),
        "jax points": (by_jax(jax_ways.loss_over_points, points), 50),
        "loop": (loop, 5),
    }
    for way, _ in ways.values():
        coefficients, loss = way()
        assert abs(loss - FINAL_LOSS) < 1e-5, loss
        assert_close(coefficients, right)
    # Each by itself, as it would run: by turns they would push each other out of the caches.
    took = {name: fastest(repetitions, way)[0] for name, (way, repetitions) in ways.items()}
    faster("tutorial job, warm / the tutorial's loop", PATH, took["job"], took["loop"], at_least(300))
    what = f"the same over 4 nodes, {STEPS:,} steps / JAX `jit(scan)` given our nodes"
    faster(what, PROGRAM, took["nodes"], took["jax nodes"], at_least(1.5))
    what = f"the same over all {POINTS:,} points / JAX `jit(scan)`"
    faster(what, PROGRAM, took["points"], took["jax points"], at_least(5))
    return took["loop"]


def many(problem: Problem) -> CurveProblem:
    """Return the tutorial's problem with noise that differs from curve to curve."""
    generator = torch.Generator().manual_seed(1)
    noise = 0.1 * torch.randn(POINTS, FITS, generator=generator, dtype=torch.float64)
    variables = {name: variable[:, None] for name, variable in problem.data.variables.items()}
    y, counts = problem.data.y[:, None] + noise, torch.full((FITS,), POINTS)
    first = problem.start[:, None].repeat(1, FITS)
    return CurveProblem(problem.formula, variables, y, None, counts, problem.parameters, first)


def fitted(problem: CurveProblem) -> CurveResults:
    return end_of(fit_curves(problem, DESCENT, STEPS, CHUNK_SECONDS, compress=True))


def program_of_many(problem: CurveProblem) -> Callable[[], Tensor]:
    """Return one call of the program, which takes all steps of all fits on their nodes."""
    few = compressed_curves(problem)
    assert few is not None
    descent = Descent.of(few, DESCENT)
    assert descent is not None
    losses = torch.empty(FITS, STEPS, dtype=torch.float64)

    def run() -> Tensor:
        (parameters,) = states = descent.states(problem.start, {})
        descent.advance(states, losses, 0, STEPS)
        return parameters

    return run


def many_rows(problem: Problem, slow: float) -> None:
    """Print the rows of many fits, each to its own y."""
    curves = many(problem)
    results, alone = fitted(curves), program_of_many(curves)
    parameters = alone()
    for curve in (0, FITS // 2, FITS - 1):
        right, _ = tutorials_loop(problem.data.variables["x"], curves.y[:, curve])
        assert_close([results.coefficients[name][curve].item() for name in curves.parameters.free], right)
        assert_close(parameters[:, curve].tolist(), right)
    what, aim = f"one of {FITS:,} tutorial fits to as many y", at_least(40_000)
    for kind, measured, way in (
        ("over nodes", PROGRAM, alone),
        ("with compression, errors and histories", PATH, partial(fitted, curves)),
    ):
        (ours,) = fastest(10, way)
        faster(f"{what}, {kind} / the tutorial's loop", measured, ours / FITS, slow, aim)


def rows() -> None:
    problem = tutorial()
    many_rows(problem, job_rows(problem))


if __name__ == "__main__":
    become_a_worker()
    begin("torch", "jax")
    rows()
