"""The way of a training itself, in process, on one thread: our loops beside the tutorial's, JAX and scipy.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.training`. It needs a C++ compiler.
All runs in one process, each way once to warm up; a time is the best of several. Everything is float64, the tutorial's
loop too, which was written in float32: so all do the same arithmetic. Every way that is timed is also asserted to have
found the right coefficients.
"""

import os

# Read when the libraries are imported: one thread each, and JAX in float64.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ |= {"JAX_ENABLE_X64": "1", "JAX_PLATFORMS": "cpu"}

import math
import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import CompressedProblem, compressed
from app.fitting.problems.data import sampled_function
from app.fitting.problems.problem import Problem
from app.fitting.programs.compiler import compile_programs
from app.fitting.programs.inputs import numbers_of
from app.fitting.programs.loop import CompiledLoop, OneFit
from app.fitting.programs.shape import Shape, shape_of
from app.fitting.programs.trials import CompiledTrials
from app.fitting.training import start, train
from tests.benchmarks.table import HEAD, fastest, machine, row

STEPS, POINTS, RATE = 2000, 2000, 5e-6
START = (0.0, -1.0, 0.0, 0.3)
FINAL_LOSS = 8.94364
"""What the tutorial prints at its last step: the loss before the last update."""
FITS = 1024
MANY_POINTS, FEW_STEPS = 1_000_000, 10
CHUNK_SECONDS = 0.1
"""The service's default."""
Code = TypeVar("Code", CompiledLoop, CompiledTrials)
Vector = np.ndarray[Any, np.dtype[np.float64]]


class CubicLegendre(torch.autograd.Function):
    """P3(x) = (5 x^3 - 3 x) / 2 with a backward of its own, as the tutorial has it."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return 0.5 * (5 * x**3 - 3 * x)

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * x**2 - 1)


def tutorials_loop(x: Tensor, y: Tensor, rate: float, steps: int = STEPS) -> tuple[list[float], float]:
    """Run the tutorial's own loop: coefficients, and the loss before the last update."""
    a, b, c, d = (torch.full((), value, dtype=torch.float64, requires_grad=True) for value in START)
    cubic = CubicLegendre.apply
    shown = math.nan
    for step in range(steps):
        y_pred = a + b * cubic(c + d * x)
        loss = (y_pred - y).pow(2).sum()
        # Where the tutorial prints it.
        if step % 100 == 99:
            shown = loss.item()
        loss.backward()
        with torch.no_grad():
            a -= rate * a.grad
            b -= rate * b.grad
            c -= rate * c.grad
            d -= rate * d.grad
            a.grad = None
            b.grad = None
            c.grad = None
            d.grad = None
    return [a.item(), b.item(), c.item(), d.item()], shown


@dataclass(frozen=True)
class Tutorial:
    """The tutorial's job on some points, in the ways of the product."""

    problem: Problem
    objective: CompressedProblem
    loop: CompiledLoop

    @classmethod
    def on(cls, points: int, loop: CompiledLoop | None = None) -> "Tutorial":
        """Its sine at so many points; its loop is compiled here unless it is given."""
        formula = parse("a + b * P3(c + d * x)")
        data = sampled_function("sin", [-math.pi, math.pi], points, torch.float64)
        start_values = torch.tensor(START, dtype=torch.float64)
        problem = Problem(formula, data, Parameters(formula.parameters), start_values)
        objective = compressed(problem)
        assert objective is not None
        return cls(problem, objective, loop or compiled(objective, descent(RATE), CompiledLoop))

    @property
    def points(self) -> tuple[Tensor, Tensor]:
        """x and y, (points,)."""
        return self.problem.data.variables["x"], self.problem.data.y

    def job(self, rate: float, steps: int = STEPS) -> tuple[list[float], float]:
        """Do a whole job from its points on, with compression, as a worker does: return what `tutorials_loop` does."""
        objective, optimizer = compressed(self.problem), descent(rate)
        assert objective is not None
        runner = OneFit(self.loop, objective, optimizer)
        first = start(objective, optimizer, self.problem.start)
        chunks = list(train(objective, optimizer, first, steps, CHUNK_SECONDS, find_runner=lambda: runner))
        return chunks[-1].checkpoint.parameters.tolist(), chunks[-1].losses[-1]

    def batch(self, rates: Sequence[float]) -> Callable[[], tuple[Tensor, Tensor]]:
        """One call of the loop for a fit of each rate: parameters (free, fits), losses (steps, fits)."""
        each = [numbers_of(self.loop.shape, self.objective, descent(rate)) for rate in rates]
        numbers = {name: torch.stack([one[name] for one in each], dim=-1) for name in each[0]}
        first = self.problem.start[:, None].repeat(1, len(rates))

        def run() -> tuple[Tensor, Tensor]:
            parameters, _, losses = self.loop.run(first, {}, numbers, STEPS)
            return parameters, losses

        return run


def descent(rate: float) -> Optimizer:
    return make_optimizer("gradient_descent", learning_rate=rate)


def compiled(objective: Problem | CompressedProblem, optimizer: Optimizer, kind: Callable[[Shape, Path], Code]) -> Code:
    """Its compiled code, by way of a file that is gone afterwards."""
    shape = shape_of(objective, optimizer)
    assert shape is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "code.pt2"
        compile_programs(shape, path)
        return kind(shape, path)


def jax_model(p: jax.Array, x: jax.Array) -> jax.Array:
    z = p[2] + p[3] * x
    return p[0] + p[1] * (0.5 * (5 * z**3 - 3 * z))


def jax_loss(p: jax.Array, x: jax.Array, y: jax.Array) -> jax.Array:
    """Over all points."""
    return ((jax_model(p, x) - y) ** 2).sum()


def jax_compressed_loss(
    p: jax.Array, nodes: jax.Array, matrix: jax.Array, target: jax.Array, floor: jax.Array
) -> jax.Array:
    """Over the nodes of our compressed problem."""
    return ((matrix @ jax_model(p, nodes) - target) ** 2).sum() + floor


def jax_job(loss: Callable[..., jax.Array], data: Sequence[Tensor]) -> Callable[[], tuple[list[float], float]]:
    """Run the whole loop as one `jit(lax.scan)`, which also returns every loss: what `tutorials_loop` returns."""

    def fit(p: jax.Array, rate: float, *data: jax.Array) -> tuple[jax.Array, jax.Array]:
        def step(p: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
            value, gradient = jax.value_and_grad(loss)(p, *data)
            return p - rate * gradient, value

        return jax.lax.scan(step, p, length=STEPS)

    fast, first, arrays = jax.jit(fit), jnp.array(START), [jnp.asarray(one.numpy()) for one in data]

    def run() -> tuple[list[float], float]:
        # As numpy arrays, which costs nothing: to index a JAX array would take longer than some loops.
        p, losses = (np.asarray(one) for one in jax.block_until_ready(fast(first, RATE, *arrays)))
        return p.tolist(), losses[-1].item()

    return run


def assert_close(found: Sequence[float], right: Sequence[float], tolerance: float = 1e-9) -> None:
    assert np.allclose(found, right, rtol=tolerance, atol=tolerance), (found, right)


def assert_right(answer: tuple[list[float], float], right: list[float]) -> None:
    """Check for the tutorial's final loss, and these coefficients."""
    coefficients, loss = answer
    assert abs(loss - FINAL_LOSS) < 1e-5, loss
    assert_close(coefficients, right)


def tutorial_rows(tutorial: Tutorial) -> float:
    """Its job as it stands in the tutorial; seconds of the tutorial's loop."""
    few = tutorial.objective
    ways = [
        partial(tutorial.job, RATE),
        partial(tutorials_loop, *tutorial.points, RATE),
        jax_job(jax_loss, tutorial.points),
        jax_job(jax_compressed_loss, [few.nodes, few.matrix, few.target, few.floor]),
    ]
    right, _ = tutorials_loop(*tutorial.points, RATE)
    for way in ways:
        assert_right(way(), right)
    # Each by itself, as it would run: by turns they would push each other out of the caches.
    ours, slow, theirs, given_nodes = (fastest(times, way)[0] for times, way in zip((50, 5, 50, 50), ways, strict=True))
    row("tutorial job / the tutorial's loop", ours, slow, aim=">= 60 x")
    row("tutorial job / JAX jit(lax.scan) over all points", ours, theirs, aim=">= 1.5 x")
    row("tutorial job / JAX given our nodes, compression not counted", ours, given_nodes)
    return slow


def batch_row(tutorial: Tutorial, slow: float) -> None:
    """Many tutorial fits in one batch, each with its own learning rate."""
    rates = torch.linspace(1e-6, RATE, FITS, dtype=torch.float64).tolist()
    run = tutorial.batch(rates)
    parameters, losses = run()
    assert_right((parameters[:, -1].tolist(), losses[-1, -1].item()), tutorials_loop(*tutorial.points, RATE)[0])
    for index in (0, FITS // 2):
        assert_close(parameters[:, index].tolist(), tutorials_loop(*tutorial.points, rates[index])[0])
    (ours,) = fastest(10, run)
    row(f"one of {FITS:,} tutorial fits in a batch / the tutorial's loop", ours / FITS, slow, aim=">= 3000 x")


def many_points_row(tutorial: Tutorial) -> None:
    """Measure the job on many points; the tutorial's loop is measured for a few steps and scaled."""
    many = Tutorial.on(MANY_POINTS, tutorial.loop)
    # The gradient is a sum over the points.
    rate = RATE * POINTS / MANY_POINTS
    few_steps = partial(tutorials_loop, *many.points, rate, FEW_STEPS)
    assert_close(many.job(rate, FEW_STEPS)[0], few_steps()[0])
    assert_close(many.job(rate)[0], tutorial.job(RATE)[0], 1e-3)
    ours, slow = fastest(5, partial(many.job, rate), few_steps)
    what = f"tutorial job on {MANY_POINTS:,} points / the tutorial's loop, {FEW_STEPS} steps scaled to {STEPS:,}"
    row(what, ours, slow * STEPS / FEW_STEPS, aim=">= 500 x")


def rows() -> None:
    """All of them."""
    torch.set_num_threads(1)
    tutorial = Tutorial.on(POINTS)
    slow = tutorial_rows(tutorial)
    batch_row(tutorial, slow)
    many_points_row(tutorial)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(machine("torch", "jax", "scipy"), HEAD, sep="\n\n")
    rows()
