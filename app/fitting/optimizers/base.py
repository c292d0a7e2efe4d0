"""What an optimizer is: `init` makes its state, `step` updates the parameters once."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

Objective = Callable[[Tensor], Tensor]
"""Parameters (parameters,) -> loss, 0-d."""

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


def loss_and_gradient(objective: Objective, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Loss, 0-d, and gradient (parameters,), by reverse mode through our autograd Functions."""
    parameters = parameters.detach().requires_grad_()
    loss = objective(parameters)
    if not loss.requires_grad:
        return loss, torch.zeros_like(parameters)
    (gradient,) = torch.autograd.grad(loss, parameters)
    return loss.detach(), gradient
