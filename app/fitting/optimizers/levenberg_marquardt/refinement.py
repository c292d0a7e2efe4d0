"""The last updates of a training, by QR: they reach digits that a comparison of losses can't see, and judge its end."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.numerics.lengths import column_lengths
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import DITHERING, FIRST_LENGTH, ROUNDED, SLOW
from app.fitting.problems.objective import Objective

_ROUNDED_RESIDUALS = 64
"""Rounding units of model and data up to which residuals are mere rounding."""
_MOST_SHORTENINGS = 20
"""Most times that an update that is to leave a saddle is made shorter."""


class Refined(NamedTuple):
    """The end of a training, and whether it is a minimum."""

    parameters: Tensor
    """Parameters at the end, (parameters,)."""
    full_rank: bool
    """Whether the Jacobian of the parameters that move has full rank."""
    at_minimum: bool
    """Whether the linearised problem promises no more than rounding."""
    lower: Tensor | None
    """Parameters (parameters,) farther away with a smaller loss; None if the derivatives pointed to none."""
    rounding: float
    """Size that the loss has where residuals are mere rounding."""


def refined(objective: Objective, parameters: Tensor) -> Refined | None:
    """Update parameters (parameters,) as long as updates get shorter; return None where a derivative is not finite."""
    updates = _Updates(objective)
    while True:
        here = _Triangle.at(objective, parameters)
        if here is None:
            return None
        update = updates.following(here, parameters)
        length, tried = update.norm().item(), parameters + update / here.scale
        converges = length < DITHERING * updates.before and objective.project(tried).equal(tried)
        if converges:
            parameters, updates.before = tried, length
        if not converges or length <= ROUNDED * here.rounding:
            return _judged(objective, parameters, here, updates.is_convex)


@dataclass
class _Updates:
    """Gauss-Newton updates, or Newton's where those converge slowly, as they do at large residuals."""

    objective: Objective
    before: float = math.inf
    """Length of the last update."""
    is_slow: bool = False
    """Whether Gauss-Newton updates converge too slowly, so that Newton's are made."""
    is_convex: bool = True
    """Whether the loss is convex near the parameters, as far as that was checked."""

    def following(self, here: "_Triangle", parameters: Tensor) -> Tensor:
        """Return the next update from `parameters` (parameters,), times the scale."""
        longest = FIRST_LENGTH * here.size
        self.before = min(self.before, longest)
        update = here.gauss_newton()
        is_slow = update.norm() > max(here.rounding, 0.0 if self.is_slow else SLOW * self.before)
        if not (is_slow and self.is_convex and here.full_rank):
            return update
        newton = here.newton(half_hessian(self.objective, parameters))
        self.is_convex = newton is not None
        if newton is None:
            return update
        if not self.is_slow:
            # Updates that fell short of the minimum by far are no measure of the first that does not.
            self.is_slow, self.before = True, longest
        return newton


def _judged(objective: Objective, parameters: Tensor, here: "_Triangle", is_convex: bool) -> Refined:
    """Return what is known about parameters after the last update."""
    few, update, lower = torch.finfo(parameters.dtype).eps ** 0.5, here.gauss_newton(), None
    at_minimum = here.promised <= few * here.loss or update.norm().item() <= few * here.size
    if not at_minimum:
        lower = _if_lower(objective, parameters + update / here.scale, here.loss)
    if lower is None and not (at_minimum and is_convex and here.full_rank and here.rounding <= few * here.size):
        lower = _below_saddle(objective, parameters, here)
    rounding = (_ROUNDED_RESIDUALS * torch.finfo(parameters.dtype).eps * here.size) ** 2
    return Refined(parameters, here.full_rank, at_minimum, lower, rounding)


class _Triangle(NamedTuple):
    """The linearised problem as ||R s - q||, where s is the update of the parameters that move.

    The units of s are such that a change of any of its numbers by 1 changes the model by 1.
    """

    loss: float
    """Loss at the parameters."""
    scale: Tensor
    """Units of s, (parameters,)."""
    moving: Tensor
    """Whether each parameter moves, and is not held at a bound, (parameters,)."""
    triangle: Tensor
    """Triangle R of the QR decomposition, (moving, moving), or (points, moving) where points are fewer."""
    inverse: Tensor
    """Inverse of R; the pseudo-inverse where R is singular."""
    right: Tensor
    """Right side q, (moving,) or (points,)."""
    jacobian: Tensor
    """Jacobian by s, (points, moving)."""
    full_rank: bool
    """Whether the Jacobian has full rank."""
    size: float
    """Size of model and residual, which rounding is relative to."""

    @classmethod
    def at(cls, objective: Objective, parameters: Tensor) -> "_Triangle | None":
        """Return the problem linearised at `parameters` (parameters,); None where a derivative is not finite."""
        here = objective.linearised(parameters)
        if not here.jacobian.isfinite().all():
            return None
        moving = ~objective.blocked(parameters, here.gradient)
        lengths = column_lengths(here.jacobian)
        scale = torch.where(lengths > 0, lengths, 1.0)
        jacobian = (here.jacobian / scale)[:, moving]
        orthogonal, triangle = torch.linalg.qr(jacobian)
        diagonal, few = triangle.diagonal().abs(), torch.finfo(scale.dtype).eps * len(here.residual)
        full_rank = len(diagonal) == jacobian.shape[1] and bool((diagonal > few).all())
        if full_rank:
            inverse = torch.linalg.solve_triangular(triangle, _identity(triangle), upper=True)
        else:
            inverse = torch.linalg.pinv(triangle, rtol=few)
        size = (scale * parameters).norm().item() + here.residual.norm().item()
        right = -(orthogonal.T @ here.residual)
        return cls(here.loss.item(), scale, moving, triangle, inverse, right, jacobian, full_rank, size)

    @property
    def promised(self) -> float:
        """Return by how much the Gauss-Newton update makes the linearised problem's loss smaller."""
        change: float = (self.triangle @ (self.inverse @ self.right)).square().sum().item()
        return change

    @property
    def rounding(self) -> float:
        """Return a bound on the length that rounding alone may give to an update."""
        length: float = torch.finfo(self.scale.dtype).eps * self.size * self.inverse.norm().item()
        return length

    def gauss_newton(self) -> Tensor:
        """Return the Gauss-Newton update times `scale`, (parameters,); where R is singular, the shortest of all."""
        return self._whole(self.inverse @ self.right)

    def newton(self, half_hessian: Tensor) -> Tensor | None:
        """Return Newton's update times `scale`, (parameters,); None where the loss is not convex.

        With the Hessian R^T R + S, whose part S comes from second derivatives of the model, the update is
        R^-1 (1 + R^-T S R^-1)^-1 q. So it has the digits of an update by QR, and not those of normal equations.
        """
        second = self.scaled(half_hessian) - self.jacobian.T @ self.jacobian
        curvature = _identity(second) + self.inverse.T @ second @ self.inverse
        factor, failed = torch.linalg.cholesky_ex(curvature)
        if failed or not factor.isfinite().all():
            return None
        return self._whole(self.inverse @ torch.cholesky_solve(self.right[:, None], factor)[:, 0])

    def scaled(self, half_hessian: Tensor) -> Tensor:
        """Return second derivatives (parameters, parameters) as derivatives by s, (moving, moving)."""
        return (half_hessian / self.scale / self.scale[:, None])[self.moving][:, self.moving]

    def downwards(self, half_hessian: Tensor) -> Tensor | None:
        """Return the direction of the loss's strongest downward curvature, times `scale`, (parameters,), or None."""
        hessian = self.scaled(half_hessian)
        if not hessian.isfinite().all():
            return None
        curvatures, directions = torch.linalg.eigh(hessian)
        is_saddle = curvatures[0] < -(torch.finfo(hessian.dtype).eps ** 0.5)
        return self._whole(directions[:, 0]) if is_saddle else None

    def _whole(self, moved: Tensor) -> Tensor:
        """Return an update of all parameters, (parameters,), from that of those that move, (moving,)."""
        whole = torch.zeros_like(self.scale)
        whole[self.moving] = moved
        return whole


def _identity(like: Tensor) -> Tensor:
    return torch.eye(len(like), dtype=like.dtype, device=like.device)


def half_hessian(objective: Objective, parameters: Tensor) -> Tensor:
    """Return half the second derivatives (parameters, parameters) of the loss, as derivatives of its gradient."""
    parameters = parameters.detach().requires_grad_()
    gradient = _derivatives(objective.loss(parameters), parameters, create_graph=True)
    return torch.stack([_derivatives(part, parameters) for part in gradient.unbind()]) / 2


def _derivatives(number: Tensor, by: Tensor, create_graph: bool = False) -> Tensor:
    if not number.requires_grad:
        return torch.zeros_like(by)
    (gradient,) = torch.autograd.grad(number, by, retain_graph=True, create_graph=create_graph, materialize_grads=True)
    return gradient


def _below_saddle(objective: Objective, parameters: Tensor, here: _Triangle) -> Tensor | None:
    """Return parameters with a smaller loss where `parameters` are at a saddle; None where there are none."""
    direction = here.downwards(half_hessian(objective, parameters))
    if direction is None:
        return None
    update = here.size * direction / here.scale
    for _ in range(_MOST_SHORTENINGS):
        for tried in (parameters + update, parameters - update):
            lower = _if_lower(objective, tried, here.loss)
            if lower is not None:
                return lower
        update = update / 4
    return None


def _if_lower(objective: Objective, tried: Tensor, loss: float) -> Tensor | None:
    """Return parameters brought within the bounds, if their loss is clearly smaller than `loss`; None if not."""
    projected = objective.project(tried)
    is_lower = objective.loss(projected).item() < (1 - torch.finfo(tried.dtype).eps ** 0.5) * loss
    return projected if is_lower else None
