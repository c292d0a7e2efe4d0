"""Gauss-Newton updates near the minimum, by QR: they reach digits that a comparison of losses can't see.

As no number decides what is computed, an update serves one fit as well as many curves side by side, which are then the
last axis of every tensor; and it can be traced and compiled unchanged.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.numerics.small_systems import diagonals, identities, norm, solve_triangles, triangles
from app.fitting.problems.objective import Objective

FIRST_LENGTH = 1e-3
"""Greatest length of the first update that refines a minimum, as a share of the model."""
ROUNDED = 0.125
"""Share of the bound on rounding up to which an update is mere rounding, as measured on the NIST sets."""
SLOW = 0.1
"""Length of an update, as a share of the one before, above which Gauss-Newton updates converge too slowly."""
DITHERING = 0.5
"""Length of an update, as a share of the one before, from which on updates no longer converge."""
DITHERING_OF_MANY = 0.95
"""The same share for many curves, whose updates stay Gauss-Newton's even where these converge slowly."""


class Update(NamedTuple):
    """A Gauss-Newton update of one fit, or of many curves, which are then the last axis of every tensor."""

    parameters: Tensor
    """Parameters after the update, (free,) or (free, curves)."""
    loss: Tensor
    """Loss before the update, 0-d or (curves,)."""
    length: Tensor
    """Length of the update as a share of model and residual, which rounding is relative to, 0-d or (curves,)."""
    rounding: Tensor
    """Bound on the length that rounding alone may give to an update, 0-d or (curves,)."""
    full_rank: Tensor
    """Whether the Jacobian of the parameters that move has full rank, 0-d or (curves,)."""
    at_minimum: Tensor
    """Whether the linearised problem promises no more than rounding, 0-d or (curves,)."""
    inside: Tensor
    """Whether the parameters after the update are within the bounds, 0-d or (curves,)."""


Updated = Callable[[Objective, Tensor], Update]
"""Function that makes one update from some parameters: `gauss_newton`, or a program of it."""


def gauss_newton(objective: Objective, parameters: Tensor) -> Update:
    """Return one update from `parameters` (free,) or (free, curves)."""
    loss, residual, jacobian = objective.linearised(parameters)
    points, free = jacobian.shape[:2]
    moving = ~objective.blocked(parameters, (jacobian * residual[:, None]).sum(0))
    lengths = (jacobian * jacobian).sum(0).sqrt()
    scale = torch.where(moving & (lengths > 0), lengths, 1.0)
    # The residual as a further column: what the decomposition makes of it is the right side.
    stacked = torch.cat([jacobian / scale, residual[:, None]], dim=1)
    triangle = triangles(stacked, torch.cat([moving, torch.ones_like(moving[:1])]))[:free]
    triangle, right = triangle[:, :free], -triangle[:, free:]
    eps = torch.finfo(scale.dtype).eps
    full_rank = (diagonals(triangle).abs().amin(0) > eps * points) & (moving.sum(0) <= points)
    safe = torch.where(full_rank, triangle, identities(triangle))
    update = solve_triangles(safe, right)[:, 0].to(scale.dtype)
    inverse = solve_triangles(safe, identities(triangle))
    tried = parameters + update / scale
    size = norm(scale * parameters) + norm(residual)
    length = norm(update) / size
    at_minimum = (right.square().sum((0, 1)) <= eps**0.5 * loss) | (length <= eps**0.5)
    rounding = eps * inverse.square().sum((0, 1)).sqrt()
    return Update(tried, loss, length, rounding, full_rank, at_minimum, (objective.project(tried) == tried).all(0))


def quickly_refined(objective: Objective, parameters: Tensor, loss: float, updated: Updated) -> Tensor | None:
    """Return parameters (free,) at the minimum near `parameters` (free,), whose loss is `loss`.

    It is None where updates do not get shorter fast, or do not lead to what is surely a minimum.
    """
    few, before = torch.finfo(parameters.dtype).eps ** 0.5, FIRST_LENGTH
    while True:
        update = updated(objective, parameters)
        length, rounding = update.length.item(), update.rounding.item()
        is_sure = bool(update.full_rank & update.inside & update.at_minimum) and rounding <= few
        if not (is_sure and length <= max(rounding, SLOW * before) and update.loss.item() <= (1 + few) * loss):
            return None
        if length >= DITHERING * before:
            return parameters
        parameters, before = update.parameters, length
        if length <= ROUNDED * rounding:
            return parameters
