"""Many curves in process: Gpufit's problem, 2-D Gaussians of 5 x 5 pixels, on a process for each core, beside scipy.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.curves`. The problem is that of
A. Przybylski et al., "Gpufit: An open-source toolkit for GPU-accelerated curve fitting", 2017: 5 parameters, signal to
noise ratio 10, at most 10 iterations, float32.
"""

import multiprocessing
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import scipy.optimize
import torch
from torch import Tensor

from app.fitting.curves import CurveProblem, fit_curves
from app.fitting.programs.curves import SolutionOfCurves
from app.jobs.fit.curve_blocks import MOST_CURVES
from tests.benchmarks.as_a_worker import become_a_worker
from tests.benchmarks.gaussians import ITERATIONS, SOLVER, START, gaussians
from tests.benchmarks.table import PATH, PROGRAM, at_least, begin, fastest, options, told
from tests.benchmarks.work import end_of

FITS, PROCESSES, SAMPLE, TURNS = 100_000, 2, 200, 4


def coefficients(problem: CurveProblem) -> Tensor:
    """As Gpufit gives them: iterations, and no more."""
    programs = SolutionOfCurves.of(problem, SOLVER)
    assert programs is not None
    return end_of(programs.tried(ITERATIONS, ITERATIONS, 3600)).state.parameters


def whole(problem: CurveProblem) -> Tensor:
    """As the service gives them: each end checked and refined, standard errors, histories."""
    found = end_of(fit_curves(problem, SOLVER, ITERATIONS, 3600))
    return torch.stack([found.coefficients[name] for name in problem.parameters.free])


WAYS = {"coefficients": coefficients, "whole": whole}


def in_blocks(problem: CurveProblem, fit: Callable[[CurveProblem], Tensor]) -> Tensor:
    numbers = torch.arange(problem.curves)
    return torch.cat([fit(problem.take(block)) for block in numbers.split(MOST_CURVES)], dim=1)


def worker(seed: int, cpu: bool, barrier: Any, times: Any) -> None:
    """Do one process's share of the fits, both ways, in step with the others."""
    torch.set_num_threads(1)
    clock = time.process_time if cpu else time.perf_counter
    problem, truth = gaussians(FITS // PROCESSES, seed)
    for name, fit in WAYS.items():
        for turn in range(TURNS):
            barrier.wait()
            began = clock()
            found = in_blocks(problem, fit)
            if not cpu:
                barrier.wait()
            if turn:
                times.append((name, clock() - began))
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
    (slow,) = fastest(3, scipy_fits)
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        times, barrier = manager.list(), context.Barrier(PROCESSES)
        work = [
            context.Process(target=partial(worker, seed, options().cpu, barrier, times))
            for seed in range(1, PROCESSES + 1)
        ]
        for process in work:
            process.start()
        for process in work:
            process.join()
            assert process.exitcode == 0
        took = {name: min(seconds for kind, seconds in times if kind == name) for name in WAYS}
    row("coefficients, trials only", PROGRAM, took["coefficients"], slow, 400)
    row("with refined ends, standard errors and histories", PATH, took["whole"], slow, 100)


def row(what: str, measured: str, seconds: float, slow: float, aim: float) -> None:
    ratio = FITS / seconds / PROCESSES * slow / SAMPLE
    told(
        f"Gpufit's problem, {FITS:,} fits on {PROCESSES} cores, {what} / scipy `curve_fit`, exact Jacobian",
        measured,
        f"{FITS / seconds:,.0f} fits/s",
        f"{SAMPLE / slow:,.0f} fits/s on one core",
        f"{ratio:,.0f} x a core",
        at_least(aim, "x a core").told(ratio),
    )


if __name__ == "__main__":
    become_a_worker()
    begin("torch", "scipy")
    rows()
