"""What a block of curves needs before its first step: tensors, start values, thresholds of robust losses."""

from array import array
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem, fit_curves
from app.fitting.formulas.formula import parse
from app.fitting.library import resolve_model
from app.fitting.optimizers import OPTIMIZERS, make_optimizer
from app.fitting.problems.data import DTYPES
from app.fitting.problems.losses import Huber, make_loss, needs_threshold, robust_loss, robust_standard_deviation
from app.fitting.problems.problem import Problem, start_vector
from app.fitting.starts.search import search_start
from app.jobs.data.tensors import padded_columns
from app.jobs.fit.problem import parameters_of, start_values
from app.jobs.store.attempts import Work
from app.jobs.worker.preparation import PIECE_SECONDS, searched

_MOST_ROUNDS = 10
_SETTLED = 1e-6
_MOST_STEPS = 200


@dataclass(frozen=True)
class Block:
    """Some curves of a fit."""

    first: int
    problem: CurveProblem


def prepared(work: Work, curves: range) -> Generator[None, None, Block]:
    """The problem of some curves, one after another. Raises NotFiniteError."""
    problem = _posed(work.request, work.arrays, curves)
    yield
    problem = yield from _started(work.request, problem)
    return Block(curves.start, (yield from _settled(work.request, problem)))


def problem_of_curve(request: Mapping[str, Any], arrays: Mapping[str, "array[float]"], curve: int) -> Problem:
    """One curve, without its start, and without the robust loss that it may have had."""
    problem = _posed(request, arrays, range(curve, curve + 1))
    return problem.alone(0)


def _posed(request: Mapping[str, Any], arrays: Mapping[str, "array[float]"], curves: range) -> CurveProblem:
    dtype, device = DTYPES[request["dtype"]], request["device"]
    columns = padded_columns(arrays, request["target"], curves, dtype, device)
    formula = parse(request["formula"], columns.variables)
    parameters = parameters_of(formula.parameters, request["parameters"])
    given = start_vector(parameters, start_values(parameters.free, request["parameters"]), dtype, device)
    loss = request["loss"]["name"]
    return CurveProblem(
        formula,
        columns.variables,
        columns.y,
        columns.factor,
        columns.counts,
        parameters,
        given[:, None].repeat(1, len(curves)),
        make_loss("squares" if needs_threshold(loss) else loss),
        request["target"]["sigma_absolute"],
    )


def _started(request: Mapping[str, Any], problem: CurveProblem) -> Generator[None, None, CurveProblem]:
    """With start values where they are left to us: guessed for each curve, or searched for on a typical one."""
    free = problem.parameters.free
    unknown = {name for name in free if request["parameters"][name]["start"] == "auto"}
    if not unknown or OPTIMIZERS[request["hyperparameters"]["optimizer"]].solves_directly:
        return problem
    model, start = request["model"], problem.start.clone()
    if isinstance(model, dict) and "name" in model:
        options = {key: value for key, value in model.items() if key != "name"}
        guess = resolve_model(model["name"], options, tuple(problem.variables)).guess(problem.variables, problem.y)
        for index, name in enumerate(free):
            start[index] = guess[name] if name in unknown else start[index]
    else:
        alone = searched(problem.alone(_typical(problem)), request["loss"]["name"])
        start = (yield from search_start(alone, unknown, request["seed"]))[:, None].repeat(1, problem.curves)
    return replace(problem, start=problem.project(start))


def _typical(problem: CurveProblem) -> int:
    """The curve whose range is in the middle of all."""
    ranges = problem.y.amax(0) - problem.y.amin(0)
    return int(ranges.argsort()[len(ranges) // 2])


def _settled(request: Mapping[str, Any], problem: CurveProblem) -> Generator[None, None, CurveProblem]:
    """With a robust loss, each curve with its own threshold; `app.fitting.starts.thresholds` for many curves."""
    name, threshold = request["loss"]["name"], request["loss"]["threshold"]
    if not needs_threshold(name):
        return problem
    robust = robust_loss(name)
    absolute = 1.0 if problem.sigma_is_absolute else None
    known = absolute if threshold == "auto" else threshold / robust.tuning
    deviation = _deviations(problem, problem.start) if known is None else torch.full_like(problem.start[0], known)
    start = problem.start
    optimizer = make_optimizer("levenberg_marquardt")
    rounds = _MOST_ROUNDS if known is None else int(robust.redescending)
    for _ in range(rounds):
        posed = replace(problem, loss_function=Huber(Huber.tuning * deviation), start=start)
        found = yield from fit_curves(posed, optimizer, _MOST_STEPS, PIECE_SECONDS)
        start = torch.stack([found.coefficients[free] for free in problem.parameters.free]).to(problem.start)
        before, deviation = deviation, deviation if known is not None else _deviations(problem, start)
        if bool(((deviation - before).abs() <= _SETTLED * before).all()):
            break
    descends = robust.redescending and OPTIMIZERS[request["hyperparameters"]["optimizer"]].ends_at_a_minimum
    return replace(
        problem,
        loss_function=robust(robust.tuning * deviation),
        start=start if descends else problem.start,
    )


def _deviations(problem: CurveProblem, parameters: Tensor) -> Tensor:
    """Robust standard deviation of the residuals of each curve, (curves,); never 0."""
    residual = problem.model(parameters) - problem.y
    residual = residual if problem.factor is None else residual * problem.factor
    # Padding, and a point without weight, has a residual of 0, which the median must not count.
    residual = torch.where(problem.counting, residual, torch.nan)
    deviation = robust_standard_deviation(residual)
    scaled = problem.y if problem.factor is None else problem.y * problem.factor
    least = 8 * torch.finfo(residual.dtype).eps * scaled.abs().amax(0)
    return torch.where(deviation.isfinite(), deviation.maximum(torch.where(least > 0, least, 1.0)), 1.0)
