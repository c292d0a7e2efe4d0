"""The loss as a function of the parameters: what an optimizer makes smaller."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor


class Linearised(NamedTuple):
    """A loss at some parameters, and a sum of squares with the same gradient, linearised there."""

    loss: Tensor
    """0-d"""
    residual: Tensor
    """(points,)"""
    jacobian: Tensor
    """(points, parameters)"""

    @property
    def gradient(self) -> Tensor:
        """Half the gradient of the loss, (parameters,)."""
        return self.jacobian.T @ self.residual


class Objective(Protocol):
    """A loss as a function of the parameters (parameters,); or of many curves, (parameters, curves), one loss each."""

    def loss(self, parameters: Tensor) -> Tensor:
        """The loss, 0-d or (curves,), differentiable."""

    def linearised(self, parameters: Tensor) -> Linearised:
        """The loss as a sum of squares near `parameters` (parameters,)."""

    def project(self, parameters: Tensor) -> Tensor:
        """The nearest parameters (parameters,) within their bounds."""

    def blocked(self, parameters: Tensor, gradient: Tensor) -> Tensor:
        """Which parameters (parameters,) are at a bound that descent along the gradient would cross."""


def loss_and_gradient(objective: Objective, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Loss, 0-d or (curves,), and gradient, as `parameters`, by reverse mode through our autograd Functions."""
    parameters = parameters.detach().requires_grad_()
    loss = objective.loss(parameters)
    if not loss.requires_grad:
        return loss, torch.zeros_like(parameters)
    (gradient,) = torch.autograd.grad(loss.sum(), parameters)
    return loss.detach(), gradient
