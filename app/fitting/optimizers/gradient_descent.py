"""Gradient descent with momentum."""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.optimizers.base import Objective, State, Step, loss_and_gradient


@dataclass(frozen=True)
class GradientDescent:
    """p <- p - learning_rate * v with v <- momentum * v + gradient, as `torch.optim.SGD` has it."""

    learning_rate: float
    momentum: float = 0.0

    def init(self, parameters: Tensor) -> State:
        """A velocity of zero, (parameters,); without momentum there is nothing to remember."""
        return {"velocity": torch.zeros_like(parameters)} if self.momentum else {}

    def done(self, _state: State) -> str | None:
        """Only the number of steps ends it."""
        return None

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """One update."""
        loss, direction = loss_and_gradient(objective, parameters)
        if self.momentum:
            direction = self.momentum * state["velocity"] + direction
            state = {"velocity": direction}
        return Step(objective.project(parameters - self.learning_rate * direction), state, loss)
