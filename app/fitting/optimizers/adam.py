"""Adam."""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.optimizers.base import State, Step
from app.fitting.problems.objective import Objective, loss_and_gradient


@dataclass(frozen=True)
class Adam:
    """Adaptive moment estimation: D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.

    With the running means m of the gradient and v of its square, both corrected for their start at zero:
    p <- p - learning_rate * m / (sqrt(v) + epsilon).
    """

    learning_rate: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def init(self, parameters: Tensor) -> State:
        """Both running means, (parameters,), at zero, and the steps counted, 0-d."""
        zeros = torch.zeros_like(parameters)
        # The count stays exact, and the corrections made of it accurate, whatever the dtype of the parameters.
        return {"mean": zeros, "square": zeros, "count": parameters.new_zeros((), dtype=torch.float64)}

    def done(self, _state: State) -> None:
        """Only the number of steps ends it."""
        return

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """One update."""
        loss, gradient = loss_and_gradient(objective, parameters)
        count = state["count"] + 1
        mean = self.beta1 * state["mean"] + (1 - self.beta1) * gradient
        square = self.beta2 * state["square"] + (1 - self.beta2) * gradient * gradient
        step_length = self.learning_rate / (1 - self.beta1**count)
        scale = square.sqrt() / (1 - self.beta2**count).sqrt() + self.epsilon
        updated = objective.project(parameters - step_length * mean / scale)
        return Step(updated, {"mean": mean, "square": square, "count": count}, loss)
