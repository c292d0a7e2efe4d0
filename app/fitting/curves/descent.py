"""Optimizers whose arithmetic is elementwise, on many curves: one step is a step of all, and none touches another."""

from collections.abc import Generator

import torch
from torch import Tensor

from app.fitting.curves.histories import history_of_table
from app.fitting.curves.pace import Pace
from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.results import Trained
from app.fitting.optimizers.base import Objective, Optimizer, loss_and_gradient


def train_elementwise(
    problem: CurveProblem, optimizer: Optimizer, steps: int, chunk_seconds: float
) -> Generator[None, None, Trained]:
    """All steps of all curves; one whose loss or parameters are no longer finite keeps the last that were."""
    last = _Last(problem)
    parameters, state, pace = problem.start, optimizer.init(problem.start), Pace(chunk_seconds)
    for _ in range(steps):
        updated, state, loss = optimizer.step(problem, parameters, state)
        last.look(parameters, loss)
        parameters = updated
        if pace.is_due():
            if not bool(last.alive.any()):
                break
            yield
    last.look(parameters, problem.loss(parameters))
    history = history_of_table(torch.stack(last.losses), last.steps)
    return Trained(last.parameters, last.steps, _reasons(problem, last), history)


class _Last:
    """The last finite parameters of each curve."""

    def __init__(self, problem: CurveProblem) -> None:
        self.parameters = problem.start
        self.alive = torch.ones(problem.curves, dtype=torch.bool, device=problem.y.device)
        self.steps = torch.zeros(problem.curves, dtype=torch.int64, device=problem.y.device)
        self.losses: list[Tensor] = []

    def look(self, parameters: Tensor, loss: Tensor) -> None:
        """At the parameters (free, curves) after as many updates as there were looks, and their loss, (curves,)."""
        self.alive = self.alive & loss.isfinite() & parameters.isfinite().all(0)
        self.parameters = torch.where(self.alive, parameters, self.parameters)
        self.steps = torch.where(self.alive, len(self.losses), self.steps)
        self.losses.append(loss)


def _reasons(problem: Objective, last: _Last) -> list[str]:
    _, gradient = loss_and_gradient(problem, last.parameters)
    could_go = (gradient.isfinite().all(0) & last.losses[0].isfinite()).tolist()
    ends = zip(last.alive.tolist(), could_go, strict=True)
    return ["max_steps" if alive else "diverged" if could else "nonfinite" for alive, could in ends]
