"""What an optimizer is: `init` makes its state, `step` updates the parameters once, `done` says when to stop."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor


class Objective(Protocol):
    """A sum of squared residuals as a function of the parameters (parameters,)."""

    def loss(self, parameters: Tensor) -> Tensor:
        """Sum of squared residuals, 0-d, differentiable."""

    def residual(self, parameters: Tensor) -> Tensor:
        """Model minus data, (points,)."""

    def residual_and_jacobian(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Residual, (points,), and its derivatives by the parameters, (points, parameters)."""

    def project(self, parameters: Tensor) -> Tensor:
        """The nearest parameters (parameters,) within their bounds."""

    def blocked(self, parameters: Tensor, gradient: Tensor) -> Tensor:
        """Which parameters (parameters,) are at a bound that descent along the gradient would cross."""


State = dict[str, Tensor]
"""What an optimizer remembers between steps; together with the parameters all that a checkpoint needs."""


class Step(NamedTuple):
    """Result of one update."""

    parameters: Tensor
    """After the update, (parameters,)."""
    state: State
    loss: Tensor
    """Before the update, 0-d."""


class Optimizer(Protocol):
    """A rule that updates parameters; pure, so that a step taken again gives the same numbers again."""

    def init(self, parameters: Tensor) -> State:
        """State before the first step from `parameters` (parameters,)."""

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """One update."""

    def done(self, state: State) -> str | None:
        """Why no further step would help, in words; None as long as one may."""


def loss_and_gradient(objective: Objective, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Loss, 0-d, and gradient (parameters,), by reverse mode through our autograd Functions."""
    parameters = parameters.detach().requires_grad_()
    loss = objective.loss(parameters)
    if not loss.requires_grad:
        return loss, torch.zeros_like(parameters)
    (gradient,) = torch.autograd.grad(loss, parameters)
    return loss.detach(), gradient
