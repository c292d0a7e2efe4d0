"""Adam."""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.optimizers.base import Objective, State, Step, loss_and_gradient


@dataclass(frozen=True)
class Adam:
    """Adaptive moment estimation: D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015."""

    learning_rate: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def init(self, parameters: Tensor) -> State:
        """Both running means at zero."""
        zeros = torch.zeros_like(parameters)
        return {"mean": zeros, "square": zeros, "count": parameters.new_zeros(())}

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """One update."""
        loss, gradient = loss_and_gradient(objective, parameters)
        count = state["count"] + 1
        mean = self.beta1 * state["mean"] + (1 - self.beta1) * gradient
        square = self.beta2 * state["square"] + (1 - self.beta2) * gradient * gradient
        unbiased_mean = mean / (1 - self.beta1**count)
        unbiased_square = square / (1 - self.beta2**count)
        update = self.learning_rate * unbiased_mean / (unbiased_square.sqrt() + self.epsilon)
        return Step(parameters - update, {"mean": mean, "square": square, "count": count}, loss)
