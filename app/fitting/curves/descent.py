"""Training of many curves by elementwise optimizers: a step changes each curve by its own numbers alone."""

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.curves.histories import history_of_table
from app.fitting.curves.pace import Pace
from app.fitting.curves.results import Trained
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.curve_compression import CompressedCurves
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.objective import loss_and_gradient
from app.fitting.programs.descent import Descent

CurveObjective = CurveProblem | CompressedCurves


def train_elementwise(
    objective: CurveObjective, optimizer: Optimizer, steps: int, chunk_seconds: float
) -> Generator[None, None, Trained]:
    """Take all steps of all curves; a curve whose loss or parameters are no longer finite keeps the last that were."""
    descent = Descent.of(objective, optimizer) if objective.start.device.type == "cpu" else None
    if descent is None:
        last = yield from _step_by_step(objective, optimizer, steps, chunk_seconds)
    else:
        last = yield from _by_program(objective, optimizer, descent, steps, chunk_seconds)
    history = history_of_table(last.losses, last.steps)
    reasons = _reasons(objective, last)
    compressed = isinstance(objective, CompressedCurves)
    return Trained(last.parameters, last.steps, reasons, history, None, compressed, by_program=descent is not None)


@dataclass
class _Last:
    """Where the curves were last finite."""

    parameters: Tensor
    """Parameters there, (free, curves)."""
    steps: Tensor
    """Number of updates that led to them, (curves,)."""
    alive: Tensor
    """Whether a curve was finite all the time, (curves,)."""
    losses: Tensor
    """Losses of all curves before each update and after the last, (steps + 1, curves)."""


def _by_program(
    objective: CurveObjective, optimizer: Optimizer, descent: Descent, steps: int, chunk_seconds: float
) -> Generator[None, None, _Last]:
    start, curves = objective.start, objective.curves
    states = descent.states(start, optimizer.init(start))
    losses = start.new_empty(curves, steps + 1)
    yield from descent.in_slices(states, losses, steps, chunk_seconds)
    parameters = states[0]
    losses[:, steps] = descent.losses(parameters)
    # No loss is negative, so a sum is finite only where all of them are; it may be too large where they are.
    alive = losses.sum(1).isfinite() & parameters.isfinite().all(0)
    suspects = (~alive).nonzero()[:, 0]
    finite = losses[suspects].isfinite()
    alive[suspects] = finite.all(1) & parameters[:, suspects].isfinite().all(0)
    counts = torch.full((curves,), steps)
    finite, ending = finite[~alive[suspects]], (~alive).nonzero()[:, 0]
    if len(ending):
        counts[ending] = (finite.long().cumprod(1).sum(1) - 1).clamp(min=0)
        parameters[:, ending], counts[ending] = _last_finite(objective.take(ending), optimizer, counts[ending])
        yield
    return _Last(parameters, counts, alive, losses.T)


def _last_finite(objective: CurveObjective, optimizer: Optimizer, counts: Tensor) -> tuple[Tensor, Tensor]:
    """Return the last finite parameters (free, curves) of curves, and the steps to them.

    Losses are finite up to `counts` steps. These are taken again, the same to the last bit.
    """
    descent = Descent.of(objective, optimizer)
    if descent is None:
        raise RuntimeError("the program that trained these curves is gone")
    parameters, counts = objective.start.clone(), counts.clone()
    states, done = descent.states(objective.start, optimizer.init(objective.start)), 0
    finite_until = torch.zeros_like(counts)
    for count in sorted({*counts.tolist(), *(counts - 1).clamp(min=0).tolist()}):
        if count > done:
            descent.advance(states, objective.start.new_empty(objective.curves, count - done), 0, count - done)
            done = count
        here = (counts >= count) & states[0].isfinite().all(0)
        parameters = torch.where(here, states[0], parameters)
        finite_until = torch.where(here, count, finite_until)
    return parameters, finite_until


def _step_by_step(
    objective: CurveObjective, optimizer: Optimizer, steps: int, chunk_seconds: float
) -> Generator[None, None, _Last]:
    start, curves = objective.start, objective.curves
    parameters, state, pace = start, optimizer.init(start), Pace(chunk_seconds)
    alive = torch.ones(curves, dtype=torch.bool, device=start.device)
    last = _Last(start, torch.zeros(curves, dtype=torch.int64, device=start.device), alive, start)
    losses: list[Tensor] = []
    for count in range(steps + 1):
        updated, state, loss = optimizer.step(objective, parameters, state)
        losses.append(loss)
        last.alive = last.alive & loss.isfinite() & parameters.isfinite().all(0)
        last.parameters = torch.where(last.alive, parameters, last.parameters)
        last.steps = torch.where(last.alive, count, last.steps)
        parameters = updated
        if pace.is_due():
            if not bool(last.alive.any()):
                break
            yield
    last.losses = torch.stack(losses)
    return last


def _reasons(objective: CurveObjective, last: _Last) -> list[str]:
    if bool(last.alive.all()):
        return ["max_steps"] * objective.curves
    _, gradient = loss_and_gradient(objective, last.parameters)
    could_go = (gradient.isfinite().all(0) & last.losses[0].isfinite()).tolist()
    ends = zip(last.alive.tolist(), could_go, strict=True)
    return ["max_steps" if alive else "diverged" if could else "nonfinite" for alive, could in ends]
