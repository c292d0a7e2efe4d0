"""Training of curves one after another, as if each were a fit of its own."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from app.fitting.curves.histories import replaced
from app.fitting.curves.results import Trained
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import compressed
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.training import runner_of, start, train


@dataclass(frozen=True)
class _TrainedAlone:
    """The end of the training of one curve."""

    parameters: Tensor
    """Parameters at the end, (free,)."""
    step: int
    """Number of updates."""
    reason: str
    """Reason why the training ended, as in `Stop`."""
    losses: list[float]
    """Losses before the first update and after each, step + 1 numbers."""
    compressed: bool
    """Whether few nodes stood for all points."""


def train_alone(
    problem: CurveProblem, optimizer: Optimizer, steps: int, chunk_seconds: float, compress: bool
) -> Generator[None, None, Trained]:
    """Train every curve, one after another; with `compress`, over few nodes instead of all points where possible."""
    ends: list[_TrainedAlone] = []
    for curve in range(problem.curves):
        ends += [(yield from _trained(problem, curve, optimizer, steps, chunk_seconds, compress))]
    return Trained(
        torch.stack([end.parameters for end in ends], dim=1),
        torch.tensor([end.step for end in ends], device=problem.y.device),
        [end.reason for end in ends],
        torch.cat([problem.y.new_tensor(end.losses) for end in ends]),
        compressed=any(end.compressed for end in ends),
    )


def tried_again(
    problem: CurveProblem, optimizer: Optimizer, steps: int, chunk_seconds: float, trained: Trained, again: list[int]
) -> Generator[None, None, Trained]:
    """Return `trained` with the curves whose numbers are in `again` trained anew, each alone."""
    ends: dict[int, _TrainedAlone] = {}
    for curve in again:
        ends[curve] = yield from _trained(problem, curve, optimizer, steps, chunk_seconds, compress=False)
    return _with(trained, ends) if ends else trained


def _with(trained: Trained, ends: Mapping[int, _TrainedAlone]) -> Trained:
    """Return `trained` with the ends of some curves, by their numbers, replaced."""
    parameters, counts, reasons = trained.parameters.clone(), trained.steps.clone(), [*trained.reasons]
    for curve, end in ends.items():
        parameters[:, curve], counts[curve], reasons[curve] = end.parameters, end.step, end.reason
    losses = replaced(trained.losses, trained.steps, {curve: end.losses for curve, end in ends.items()})
    return replace(trained, parameters=parameters, steps=counts, reasons=reasons, losses=losses)


def _trained(
    problem: CurveProblem, curve: int, optimizer: Optimizer, steps: int, chunk_seconds: float, compress: bool
) -> Generator[None, None, _TrainedAlone]:
    alone = problem.alone(curve)
    objective = (compressed(alone) if compress else None) or alone
    losses: list[float] = []
    reason = "max_steps"
    runner = runner_of(objective, optimizer)
    checkpoint = start(objective, optimizer, alone.start, runner)
    for chunk in train(objective, optimizer, checkpoint, steps, chunk_seconds, runner=runner):
        losses += chunk.losses
        if chunk.stop is not None:
            reason = chunk.stop.reason
        yield
    end = chunk.checkpoint
    return _TrainedAlone(end.parameters, end.step, reason, [*losses, end.loss], objective is not alone)
