"""Gradient descent with momentum, plain or Nesterov's."""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.optimizers.base import Optimizer, State, Step, hyperparameter
from app.fitting.problems.objective import Objective, loss_and_gradient


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """Gradient descent, with momentum as in `torch.optim.SGD`.

    One step is v <- momentum * v + gradient, then p <- p - learning_rate * v. With `nesterov` it ends
    with p <- p - learning_rate * (gradient + momentum * v): Sutskever et al., "On the importance of initialization and
    momentum in deep learning", ICML 2013.
    """

    name = "gradient_descent"
    title = "Gradient descent"
    description = "Gradient descent, with momentum as in `torch.optim.SGD`."
    cheap_steps = True
    elementwise = True
    slower_by = "learning_rate"

    # Numbers of a step may be tensors, (curves,), where curves have numbers of their own.
    learning_rate: float | Tensor = hyperparameter(5e-6, "Step length per unit of the gradient.", greater_than=0)
    momentum: float | Tensor = hyperparameter(
        0.0, "Share of the last update that is kept in the next; 0 is none.", at_least=0, less_than=1
    )
    nesterov: bool = hyperparameter(False, "Nesterov's momentum: the gradient is added once more.")

    def contradiction(self) -> str | None:
        """Return in words what is wrong where Nesterov's momentum is asked for and is 0; None elsewhere."""
        return "nesterov needs a momentum greater than 0" if self.nesterov and not self.momentum else None

    def init(self, parameters: Tensor) -> State:
        """Return a velocity of zero, (parameters,), or without momentum nothing, as there is nothing to remember."""
        return {"velocity": torch.zeros_like(parameters)} if self._has_momentum else {}

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """Return the result of one update."""
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
