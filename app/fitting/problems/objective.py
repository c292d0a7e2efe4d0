"""The objective: the loss as a function of the parameters, which an optimizer makes smaller."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor


class Linearised(NamedTuple):
    """A loss at some parameters, and a sum of squares with the same gradient, linearised there."""

    loss: Tensor
    """The loss, 0-d."""
    residual: Tensor
    """Residual of the sum of squares, (points,)."""
    jacobian: Tensor
    """Derivatives of the residual, (points, parameters)."""

    @property
    def gradient(self) -> Tensor:
        """Return half the gradient of the loss, (parameters,)."""
        return self.jacobian.T @ self.residual


class Objective(Protocol):
    """A loss as a function of parameters (parameters,), or for many curves (parameters, curves) with a loss each."""

    @property
    def points(self) -> int | Tensor:
        """Return the number of residuals, for many curves (curves,)."""

    def loss(self, parameters: Tensor) -> Tensor:
        """Return the loss, 0-d or (curves,), differentiable."""

    def linearised(self, parameters: Tensor) -> Linearised:
        """Return the loss as a sum of squares near `parameters` (parameters,)."""

    def project(self, parameters: Tensor) -> Tensor:
        """Return the nearest parameters (parameters,) within their bounds."""

    def blocked(self, parameters: Tensor, gradient: Tensor) -> Tensor:
        """Tell which parameters (parameters,) are at a bound that descent along the gradient would cross."""


def loss_and_gradient(objective: Objective, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Return the loss, 0-d or (curves,), and its gradient, in the shape of `parameters`.

    The gradient comes by reverse mode through our own autograd Functions.
    """
    parameters = parameters.detach().requires_grad_()
    loss = objective.loss(parameters)
    if not loss.requires_grad:
        return loss, torch.zeros_like(parameters)
    (gradient,) = torch.autograd.grad(loss.sum(), parameters)
    return loss.detach(), gradient
