"""Curves one by one, as if each were a fit of its own."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.curves.histories import replaced
from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.results import Trained
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import compressed
from app.fitting.training import start, train


@dataclass(frozen=True)
class _Alone:
    parameters: Tensor
    """(free,)"""
    step: int
    reason: str
    losses: list[float]
    compressed: bool


def train_alone(
    problem: CurveProblem, optimizer: Optimizer, steps: int, chunk_seconds: float, compress: bool
) -> Generator[None, None, Trained]:
    """Train every curve, one after another; over few nodes, if they are to `compress` and can be."""
    found: list[_Alone] = []
    for curve in range(problem.curves):
        found += [(yield from _trained(problem, curve, optimizer, steps, chunk_seconds, compress))]
    return Trained(
        torch.stack([one.parameters for one in found], dim=1),
        torch.tensor([one.step for one in found], device=problem.y.device),
        [one.reason for one in found],
        torch.cat([problem.y.new_tensor(one.losses) for one in found]),
        compressed=any(one.compressed for one in found),
    )


def tried_again(
    problem: CurveProblem, optimizer: Optimizer, steps: int, chunk_seconds: float, trained: Trained, again: list[int]
) -> Generator[None, None, Trained]:
    """With the curves of these numbers trained alone."""
    found: dict[int, _Alone] = {}
    for curve in again:
        found[curve] = yield from _trained(problem, curve, optimizer, steps, chunk_seconds, compress=False)
    return _with(trained, found) if found else trained


def _with(trained: Trained, found: Mapping[int, _Alone]) -> Trained:
    parameters, counts, reasons = trained.parameters.clone(), trained.steps.clone(), [*trained.reasons]
    for curve, one in found.items():
        parameters[:, curve], counts[curve], reasons[curve] = one.parameters, one.step, one.reason
    losses = replaced(trained.losses, trained.steps, {curve: one.losses for curve, one in found.items()})
    return Trained(parameters, counts, reasons, losses)


def _trained(
    problem: CurveProblem, curve: int, optimizer: Optimizer, steps: int, chunk_seconds: float, compress: bool
) -> Generator[None, None, _Alone]:
    alone = problem.alone(curve)
    objective = (compressed(alone) if compress else None) or alone
    losses: list[float] = []
    reason = "max_steps"
    for chunk in train(objective, optimizer, start(objective, optimizer, alone.start), steps, chunk_seconds):
        losses += chunk.losses
        if chunk.stop is not None:
            reason = chunk.stop.reason
        yield
    end = chunk.checkpoint
    return _Alone(end.parameters, end.step, reason, [*losses, end.loss], objective is not alone)
