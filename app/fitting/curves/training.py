"""Fits of many curves at once, each with its own end."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.curves import levenberg_marquardt as batched
from app.fitting.curves.errors import standard_errors
from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.results import CurveResults
from app.fitting.design_matrix import design_of
from app.fitting.optimizers.adam import Adam
from app.fitting.optimizers.base import Objective, Optimizer
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.fitting.optimizers.least_squares import LeastSquares, solve
from app.fitting.optimizers.levenberg_marquardt import LevenbergMarquardt
from app.fitting.problem import Data
from app.fitting.training import start, train

_COMPACTED = 0.75
"""Share of the curves that go on, at which those that ended leave the batch."""
_TRIALS_PER_STEP = 4


@dataclass(frozen=True)
class Trained:
    """How the training of curves ended."""

    parameters: Tensor
    """(free, curves)"""
    steps: Tensor
    """(curves,)"""
    reasons: list[str]
    losses: list[Tensor]
    """Of each curve, (steps + 1,)."""


Training = Generator[None, None, Trained]


def fit_curves(
    problem: CurveProblem, optimizer: Optimizer, steps: int, chunk_seconds: float
) -> Generator[None, None, CurveResults]:
    """Fit every curve for up to `steps` updates, with a moment's rest after about each `chunk_seconds`."""
    trained = yield from _trainer(problem, optimizer)(problem, optimizer, steps, chunk_seconds)
    coefficients = problem.parameters.values(trained.parameters)
    stderr = standard_errors(problem, trained.parameters)
    yield
    return CurveResults(
        {name: coefficients[name].expand(problem.curves).double() for name in problem.parameters.names},
        stderr,
        torch.stack([losses[-1] for losses in trained.losses]).double(),
        trained.steps,
        trained.reasons,
        torch.cat(trained.losses).double(),
    )


def _trainer(problem: CurveProblem, optimizer: Optimizer) -> Callable[[CurveProblem, Optimizer, int, float], Training]:
    if isinstance(optimizer, LevenbergMarquardt):
        return _levenberg_marquardt
    if isinstance(optimizer, GradientDescent | Adam):
        return _elementwise
    shared = [*problem.variables.values(), *([] if problem.factor is None else [problem.factor])]
    if isinstance(optimizer, LeastSquares) and all(tensor.shape[1] == 1 for tensor in shared):
        return _least_squares
    return _one_by_one


def _levenberg_marquardt(problem: CurveProblem, optimizer: Optimizer, steps: int, chunk_seconds: float) -> Training:
    """All at once; curves that do not end well so are tried again alone, where the method is more careful."""
    state = yield from _batched(problem, steps, chunk_seconds)
    parameters, full_rank = batched.refined(problem, state.final.parameters)
    losses = problem.loss(parameters)
    reasons = []
    for ended, regular, count in zip(
        state.final.ended.tolist(), full_rank.tolist(), state.final.steps.tolist(), strict=True
    ):
        if ended == batched.GOES_ON:
            reasons.append("max_steps" if count >= steps else "diverged")
        elif ended == batched.NOT_FINITE:
            reasons.append("nonfinite")
        else:
            reasons.append("converged" if regular else "singular")
    # Refinement is for curves at their minimum.
    converged = torch.tensor([reason == "converged" for reason in reasons], device=losses.device)
    parameters = torch.where(converged, parameters, state.final.parameters)
    losses = torch.where(converged, losses, state.final.loss)
    histories = [torch.cat([history[:-1], last[None]]) for history, last in zip(state.histories(), losses, strict=True)]
    trained = Trained(parameters, state.final.steps, reasons, histories)
    again = [curve for curve, reason in enumerate(reasons) if reason not in ("converged", "max_steps")]
    return (yield from _tried_again(problem, optimizer, steps, chunk_seconds, trained, again))


@dataclass
class _Batch:
    """States of all curves, and their losses as they came."""

    final: batched.State
    numbers: list[Tensor]
    """Numbers of the curves of each trial that was recorded."""
    losses: list[Tensor]
    accepted: list[Tensor]
    first: Tensor

    def histories(self) -> list[Tensor]:
        """Loss of each curve after each of its updates, from the start."""
        curves = len(self.first)
        if not self.losses:
            return [*self.first[:, None]]
        number, loss = torch.cat(self.numbers), torch.cat(self.losses)
        number, loss = number[torch.cat(self.accepted)], loss[torch.cat(self.accepted)]
        order = number.argsort(stable=True)
        counts = torch.bincount(number, minlength=curves)
        parts = loss[order].split(counts.tolist())
        return [torch.cat([first[None], part]) for first, part in zip(self.first, parts, strict=True)]


def _batched(problem: CurveProblem, steps: int, chunk_seconds: float) -> Generator[None, None, _Batch]:
    state = batched.begin(problem)
    batch = _Batch(state, [], [], [], state.loss)
    numbers, some = torch.arange(problem.curves, device=state.loss.device), problem
    trials = 0
    deadline = time.monotonic() + chunk_seconds
    while len(numbers) and trials < _TRIALS_PER_STEP * steps + 60:
        before = state.steps
        state = batched.step(some, state)
        trials += 1
        batch.numbers.append(numbers)
        batch.losses.append(state.loss)
        batch.accepted.append(state.steps > before)
        goes_on = (state.ended == batched.GOES_ON) & (state.steps < steps)
        if int(goes_on.sum()) <= _COMPACTED * len(numbers):
            batch.final = _written(batch.final, state, numbers)
            numbers, state = numbers[goes_on], _taken(state, goes_on)
            some = some.take(goes_on.nonzero()[:, 0])
        if time.monotonic() >= deadline:
            yield
            deadline = time.monotonic() + chunk_seconds
    batch.final = _written(batch.final, state, numbers)
    return batch


def _taken(state: batched.State, chosen: Tensor) -> batched.State:
    return batched.State(*(part[..., chosen] for part in state))


def _written(whole: batched.State, some: batched.State, numbers: Tensor) -> batched.State:
    return batched.State(*(part.index_copy(-1, numbers, new) for part, new in zip(whole, some, strict=True)))


def _tried_again(
    problem: CurveProblem,
    optimizer: Optimizer,
    steps: int,
    chunk_seconds: float,
    trained: Trained,
    curves: list[int],
) -> Training:
    parameters, counts = trained.parameters.clone(), trained.steps.clone()
    reasons, losses = [*trained.reasons], [*trained.losses]
    for curve in curves:
        found = yield from _alone(problem, curve, optimizer, steps, chunk_seconds)
        parameters[:, curve], counts[curve] = found.parameters[:, 0], found.steps[0]
        reasons[curve], losses[curve] = found.reasons[0], found.losses[0]
    return Trained(parameters, counts, reasons, losses)


def _alone(problem: CurveProblem, curve: int, optimizer: Optimizer, steps: int, chunk_seconds: float) -> Training:
    alone = problem.alone(curve)
    losses: list[float] = []
    for chunk in train(alone, optimizer, start(alone, optimizer, alone.start), steps, chunk_seconds):
        losses += chunk.losses
        yield
    checkpoint = chunk.checkpoint
    history = alone.start.new_tensor([*losses, checkpoint.loss])
    reason = "max_steps" if chunk.stop is None else chunk.stop.reason
    count = torch.tensor([checkpoint.step], device=history.device)
    return Trained(checkpoint.parameters[:, None], count, [reason], [history])


def _one_by_one(problem: CurveProblem, optimizer: Optimizer, steps: int, chunk_seconds: float) -> Training:
    found: list[Trained] = []
    for curve in range(problem.curves):
        found += [(yield from _alone(problem, curve, optimizer, steps, chunk_seconds))]
    return Trained(
        torch.cat([one.parameters for one in found], dim=1),
        torch.cat([one.steps for one in found]),
        [one.reasons[0] for one in found],
        [one.losses[0] for one in found],
    )


def _least_squares(problem: CurveProblem, _optimizer: Optimizer, _steps: int, _chunk_seconds: float) -> Training:
    """One design for all curves, each of them a right side."""
    variables = {name: variable[:, 0] for name, variable in problem.variables.items()}
    factor = None if problem.factor is None else problem.factor[:, 0]
    solution = solve(design_of(problem.formula, Data(variables, problem.y, factor), problem.parameters))
    yield
    parameters = solution.parameters.to(problem.y.dtype)
    ends = torch.stack([problem.loss(problem.start), problem.loss(parameters)], dim=1)
    reason = "converged" if solution.condition is not None else "singular"
    finite = parameters.isfinite().all(0).tolist()
    reasons = [reason if is_finite else "nonfinite" for is_finite in finite]
    steps = torch.ones(problem.curves, dtype=torch.int64, device=parameters.device)
    return Trained(parameters, steps, reasons, [*ends])


def _elementwise(problem: CurveProblem, optimizer: Optimizer, steps: int, chunk_seconds: float) -> Training:
    """Steps of an optimizer whose arithmetic is elementwise: curves do not touch each other.

    A curve whose loss or parameters are no longer finite stays at the last that were, and counts no more steps.
    """
    objective: Objective = _Elementwise(problem)
    parameters, state = problem.start, optimizer.init(problem.start)
    counts = torch.zeros(problem.curves, dtype=torch.int64, device=parameters.device)
    alive = problem.loss(parameters).isfinite()
    started = alive
    history: list[Tensor] = []
    deadline = time.monotonic() + chunk_seconds
    for _ in range(steps):
        tried, state, loss = optimizer.step(objective, parameters, state)
        history.append(loss)
        alive = alive & tried.isfinite().all(0) & problem.loss(tried).isfinite()
        parameters = torch.where(alive, tried, parameters)
        counts = counts + alive
        if time.monotonic() >= deadline:
            if not bool(alive.any()):
                break
            yield
            deadline = time.monotonic() + chunk_seconds
    final = problem.loss(parameters)
    table = torch.stack([*history, final])
    losses = [
        torch.cat([column[:count], last[None]])
        for column, count, last in zip(table.unbind(1), counts.tolist(), final, strict=True)
    ]
    ends = zip(alive.tolist(), started.tolist(), strict=True)
    reasons = ["max_steps" if well else "diverged" if once else "nonfinite" for well, once in ends]
    return Trained(parameters, counts, reasons, losses)


class _Elementwise:
    """The curves as an objective of the optimizers for one."""

    def __init__(self, problem: CurveProblem) -> None:
        self.loss, self.linearised = problem.loss, problem.linearised
        self.project, self.blocked = problem.project, problem.blocked
