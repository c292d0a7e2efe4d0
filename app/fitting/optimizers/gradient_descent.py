"""Gradient descent with momentum, plain or Nesterov's."""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.optimizers.base import State, Step
from app.fitting.problems.objective import Objective, loss_and_gradient


@dataclass(frozen=True)
class GradientDescent:
    """p <- p - learning_rate * v with v <- momentum * v + gradient, as `torch.optim.SGD` has it.

    With `nesterov`, p <- p - learning_rate * (gradient + momentum * v): Sutskever et al., "On the importance of
    initialization and momentum in deep learning", ICML 2013.
    """

    learning_rate: float | Tensor
    momentum: float | Tensor = 0.0
    """Tensors, (curves,), where curves have numbers of their own."""
    nesterov: bool = False

    def init(self, parameters: Tensor) -> State:
        """A velocity of zero, (parameters,); without momentum there is nothing to remember."""
        return {"velocity": torch.zeros_like(parameters)} if self._has_momentum else {}

    def done(self, _state: State) -> None:
        """Only the number of steps ends it."""
        return

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """One update."""
        loss, gradient = loss_and_gradient(objective, parameters)
        direction = gradient
        if self._has_momentum:
            direction = self.momentum * state["velocity"] + gradient
            state = {"velocity": direction}
        if self.nesterov:
            direction = gradient + self.momentum * direction
        return Step(objective.project(parameters - self.learning_rate * direction), state, loss)

    @property
    def _has_momentum(self) -> bool:
        return isinstance(self.momentum, Tensor) or self.momentum != 0
