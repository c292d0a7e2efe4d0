"""Adam: gradient descent whose step lengths adapt to the gradients."""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.optimizers.base import Optimizer, State, Step, hyperparameter
from app.fitting.problems.objective import Objective, loss_and_gradient


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adaptive moment estimation: D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015.

    With the running means m of the gradient and v of its square, both corrected for their start at zero:
    p <- p - learning_rate * m / (sqrt(v) + epsilon).
    """

    name = "adam"
    title = "Adam"
    description = "Adam (Kingma and Ba, 2015), as in `torch.optim.Adam`."
    cheap_steps = True
    elementwise = True
    slower_by = "learning_rate"

    learning_rate: float = hyperparameter(1e-3, "Largest usual change of a parameter in one step.", greater_than=0)
    beta1: float = hyperparameter(0.9, "Decay per step of the running mean of the gradient.", at_least=0, less_than=1)
    beta2: float = hyperparameter(
        0.999, "Decay per step of the running mean of the squared gradient.", at_least=0, less_than=1
    )
    epsilon: float = hyperparameter(1e-8, "Added to the denominator, so that it is never zero.", greater_than=0)

    def init(self, parameters: Tensor) -> State:
        """Return both running means, (parameters,), and the number of steps, 0-d, all zero."""
        zeros = torch.zeros_like(parameters)
        # The count stays exact, and the corrections made of it accurate, whatever the dtype of the parameters.
        return {"mean": zeros, "square": zeros, "count": parameters.new_zeros((), dtype=torch.float64)}

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """Return the result of one update."""
        loss, gradient = loss_and_gradient(objective, parameters)
        count = state["count"] + 1
        mean = self.beta1 * state["mean"] + (1 - self.beta1) * gradient
        square = self.beta2 * state["square"] + (1 - self.beta2) * gradient * gradient
        step_length = (self.learning_rate / (1 - self.beta1**count)).to(gradient.dtype)
        scale = square.sqrt() / (1 - self.beta2**count).sqrt().to(gradient.dtype) + self.epsilon
        updated = objective.project(parameters - step_length * mean / scale)
        return Step(updated, {"mean": mean, "square": square, "count": count}, loss)
