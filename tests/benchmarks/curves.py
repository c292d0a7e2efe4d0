"""Many curves in process: Gpufit's problem, 2-D Gaussians of 5 x 5 pixels, on a process for each core, beside scipy.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.curves`. It needs a C++ compiler. The
problem is that of A. Przybylski et al., "Gpufit: An open-source toolkit for GPU-accelerated curve fitting", 2017:
5 parameters, signal to noise ratio 10, at most 10 iterations, float32.
"""

import multiprocessing
import os
import tempfile
import time
import warnings
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from app.fitting.curves import CurveProblem, fit_curves
from app.fitting.curves.batches import stepped
from app.fitting.curves.histories import Trials
from app.fitting.curves.programs import Programs
from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.programs.compiler import compile_programs
from app.fitting.programs.curves import CompiledCurves
from app.fitting.programs.shape import shape_of_curves
from app.jobs.dispatch.cluster import ENVIRONMENT
from app.jobs.worker.many_curves import MOST_CURVES
from tests.benchmarks.table import HEAD, fastest, machine, told

MODEL = "height * exp(-((x1 - x0)^2 + (x2 - y0)^2) / (2 * width^2)) + offset"
START = {"height": 90.0, "x0": 2.0, "y0": 2.0, "width": 1.0, "offset": 12.0}
SIDE, NOISE, ITERATIONS = 5, 10.0, 10
FITS, PROCESSES, SAMPLE = 100_000, 2, 200
SOLVER = make_optimizer("levenberg_marquardt")
Answer = TypeVar("Answer")


def gaussians(fits: int, seed: int = 1) -> tuple[CurveProblem, dict[str, Tensor]]:
    """So many peaks with noise, and their true parameters."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(fits, generator=generator)

    row, column = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    variables = {"x1": column.reshape(-1, 1).float(), "x2": row.reshape(-1, 1).float()}
    truth = {"height": torch.full((fits,), 100.0), "x0": uniform(1.5, 2.5), "y0": uniform(1.5, 2.5)}
    truth |= {"width": uniform(1, 1.2), "offset": torch.full((fits,), 10.0)}
    formula = parse(MODEL, tuple(variables))
    y = formula({**variables, **truth}) + NOISE * torch.randn(SIDE**2, fits, generator=generator)
    start = torch.tensor([START[name] for name in formula.parameters])[:, None].repeat(1, fits)
    counts = torch.full((fits,), SIDE**2)
    return CurveProblem(formula, variables, y, None, counts, Parameters(formula.parameters), start), truth


def coefficients(problem: CurveProblem, programs: Programs) -> Tensor:
    """As Gpufit gives them: iterations, and no more; curves that have ended stay where they are."""
    return answer(stepped(problem, SOLVER, ITERATIONS, ITERATIONS, 3600, programs, Trials())).parameters


def whole(problem: CurveProblem, programs: Programs) -> Tensor:
    """As the service gives them: each end checked and refined, standard errors, histories."""
    found = answer(fit_curves(problem, SOLVER, ITERATIONS, 3600, programs=programs))
    return torch.stack([found.coefficients[name] for name in problem.parameters.free])


def answer(work: Generator[None, None, Answer]) -> Answer:
    """Return what it ends with."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def in_blocks(problem: CurveProblem, fit: Callable[[CurveProblem, Programs], Tensor], programs: Programs) -> Tensor:
    numbers = torch.arange(problem.curves)
    return torch.cat([fit(problem.take(some), programs) for some in numbers.split(MOST_CURVES)], dim=1)


def worker(path: Path, seed: int, barrier: Any, times: Any) -> None:
    """One process: its share of the fits, both ways, in step with the others."""
    torch.set_num_threads(1)
    problem, truth = gaussians(FITS // PROCESSES, seed)
    shape = shape_of_curves(problem, SOLVER)
    assert shape is not None
    programs = CompiledCurves(shape, path).programs(SOLVER)
    for name, fit in (("coefficients", coefficients), ("whole", whole)):
        for turn in range(4):
            barrier.wait()
            began = time.perf_counter()
            found = in_blocks(problem, fit, programs)
            barrier.wait()
            if turn:
                times.append((name, time.perf_counter() - began))
        error = found[problem.parameters.free.index("x0")] - truth["x0"]
        assert error.square().mean().sqrt() < 0.1, "the peaks are not where they should be"


def scipy_fits() -> None:
    """Fit a sample of them, with an exact Jacobian."""
    problem, _ = gaussians(SAMPLE)
    x1, x2 = (problem.variables[name][:, 0].double().numpy() for name in ("x1", "x2"))

    def model(_: Any, height: float, x0: float, y0: float, width: float, offset: float) -> Any:
        return height * np.exp(-((x1 - x0) ** 2 + (x2 - y0) ** 2) / (2 * width**2)) + offset

    def jacobian(_: Any, height: float, x0: float, y0: float, width: float, _offset: float) -> Any:
        square = (x1 - x0) ** 2 + (x2 - y0) ** 2
        bell = np.exp(-square / (2 * width**2))
        slopes = ((x1 - x0) / width**2, (x2 - y0) / width**2, square / width**3)
        return np.column_stack([bell, *(height * bell * slope for slope in slopes), np.ones_like(bell)])

    for pixels in problem.y.T.double().numpy():
        scipy.optimize.curve_fit(model, None, pixels, p0=[*START.values()], jac=jacobian)


def rows() -> None:
    """Both ways, on all cores, beside scipy on one."""
    torch.set_num_threads(1)
    problem, _ = gaussians(2)
    shape = shape_of_curves(problem, SOLVER)
    assert shape is not None
    (slow,) = fastest(2, scipy_fits)
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, context.Manager() as manager:
        # As the service's workers have it.
        os.environ |= ENVIRONMENT
        path, times = Path(folder) / "gaussians.pt2", manager.list()
        compile_programs(shape, path)
        barrier = context.Barrier(PROCESSES)
        processes = [
            context.Process(target=partial(worker, path, seed, barrier, times)) for seed in range(1, PROCESSES + 1)
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
            assert process.exitcode == 0
        for name, aim in (("coefficients", ">= 200 x a core; >= 1,000,000 fits/s"), ("whole", "")):
            seconds = min(took for kind, took in times if kind == name)
            ratio = FITS / seconds / PROCESSES * slow / SAMPLE
            what = {"coefficients": "coefficients", "whole": "with refined ends, standard errors and histories"}[name]
            told(
                f"Gpufit's problem, {FITS:,} fits on {PROCESSES} cores, {what} / scipy `curve_fit`, exact Jacobian",
                f"{FITS / seconds:,.0f} fits/s",
                f"{SAMPLE / slow:,.0f} fits/s on one core",
                f"{ratio:,.0f} x a core",
                aim,
            )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(machine("torch", "scipy"), HEAD, sep="\n\n")
    rows()
