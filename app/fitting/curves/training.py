"""Fits of many curves at once, of which each has its own end."""

from collections.abc import Callable, Generator
from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.curves.alone import train_alone
from app.fitting.curves.batches import train_batch
from app.fitting.curves.compression import compressed_curves
from app.fitting.curves.descent import train_elementwise
from app.fitting.curves.histories import ends_of
from app.fitting.curves.results import CurveResults, Trained
from app.fitting.curves.standard_errors import standard_errors_of
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.least_squares import solve
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.data import Data
from app.fitting.problems.design_matrix import design_of
from app.fitting.training import SUCCEEDED


def fit_curves(
    problem: CurveProblem,
    optimizer: Optimizer,
    steps: int,
    chunk_seconds: float,
    compress: bool = False,
    canonical: Callable[[Tensor], Tensor] | None = None,
) -> Generator[None, None, CurveResults]:
    """Fit every curve for up to `steps` updates, with a moment's rest after about each `chunk_seconds`.

    With `compress`, curves are trained over few nodes instead of all points, where that is exact and the optimizer
    takes many steps. The parameters (free, curves) at the end are made `canonical`: others that are the same curves.
    """
    trained = yield from _trained(problem, optimizer, steps, chunk_seconds, compress)
    if canonical is not None:
        trained = replace(trained, parameters=canonical(trained.parameters))
    coefficients = problem.parameters.values(trained.parameters)
    stderr = standard_errors_of(problem, trained)
    yield
    succeeded = torch.tensor([reason in SUCCEEDED for reason in trained.reasons], device=problem.y.device)
    return CurveResults(
        {name: coefficients[name].expand(problem.curves).double() for name in problem.parameters.names},
        {name: torch.where(succeeded, errors, torch.nan) for name, errors in stderr.items()},
        trained.losses[ends_of(trained.steps) - 1].double(),
        trained.steps,
        trained.reasons,
        trained.losses.double(),
        trained.compressed,
        trained.by_program,
    )


def _trained(
    problem: CurveProblem, optimizer: Optimizer, steps: int, chunk_seconds: float, compress: bool
) -> Generator[None, None, Trained]:
    if isinstance(optimizer, LevenbergMarquardt):
        return (yield from train_batch(problem, optimizer, steps, chunk_seconds))
    if optimizer.elementwise:
        objective = (compressed_curves(problem) if compress else None) or problem
        return (yield from train_elementwise(objective, optimizer, steps, chunk_seconds))
    shared = [*problem.variables.values(), *([] if problem.factor is None else [problem.factor])]
    if optimizer.solves_directly and all(tensor.shape[1] == 1 for tensor in shared):
        return (yield from _solved(problem))
    return (yield from train_alone(problem, optimizer, steps, chunk_seconds, compress))


def _solved(problem: CurveProblem) -> Generator[None, None, Trained]:
    """Solve for all curves at once: they share one design matrix, and each is a right side."""
    variables = {name: variable[:, 0] for name, variable in problem.variables.items()}
    factor = None if problem.factor is None else problem.factor[:, 0]
    solution = solve(design_of(problem.formula, Data(variables, problem.y, factor), problem.parameters))
    yield
    parameters = solution.parameters.to(problem.y.dtype)
    losses = torch.stack([problem.loss(problem.start), problem.loss(parameters)], dim=1).flatten()
    reason = "converged" if solution.condition is not None else "singular"
    reasons = [reason if finite else "nonfinite" for finite in parameters.isfinite().all(0).tolist()]
    steps = torch.ones(problem.curves, dtype=torch.int64, device=parameters.device)
    return Trained(parameters, steps, reasons, losses, solution.inverse)
