"""Gauss-Newton updates at the minimum, by QR: digits that a comparison of losses can't see.

So the single method ends as well, hence the same digits of a curve alone and among others.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.small_systems import identities, pivots, solve_triangles, triangles

_MOST_ROUNDS = 30


@dataclass(frozen=True)
class Refined:
    """Of every curve."""

    parameters: Tensor
    """(free, curves)"""
    full_rank: Tensor
    """Whether the Jacobian of the parameters that move has full rank, (curves,)."""
    at_minimum: Tensor
    """Whether the linearised problem promises nothing more than rounding, (curves,)."""


class Update(NamedTuple):
    """A Gauss-Newton update of every curve, and what it tells."""

    parameters: Tensor
    """After it, (free, curves)."""
    length: Tensor
    """Relative to the parameters, both in units of what they change in the model, (curves,)."""
    full_rank: Tensor
    at_minimum: Tensor
    inside: Tensor
    """Whether it stays within the bounds, (curves,)."""


def refined(
    problem: CurveProblem, parameters: Tensor, updated: Callable[[CurveProblem, Tensor], "Update"]
) -> Generator[None, None, Refined]:
    """Update each curve as long as its updates get shorter, from `parameters` (free, curves); rests between rounds."""
    numbers = torch.arange(problem.curves, device=parameters.device)
    parameters, before = parameters.clone(), parameters.new_full((problem.curves,), 1e-3)
    full_rank, rounding = torch.zeros_like(before, dtype=torch.bool), torch.finfo(before.dtype).eps
    at_minimum = full_rank.clone()
    for _ in range(_MOST_ROUNDS):
        update = updated(problem, parameters[:, numbers])
        full_rank[numbers], at_minimum[numbers] = update.full_rank, update.at_minimum
        better = update.full_rank & update.inside & (update.length < 0.95 * before)
        parameters[:, numbers] = torch.where(better, update.parameters, parameters[:, numbers])
        # Compared outside of the steps, so what is left of the batch may follow from its numbers.
        goes_on = better & (update.length > rounding)
        numbers, problem, before = numbers[goes_on], problem.take(goes_on.nonzero()[:, 0]), update.length[goes_on]
        if not len(numbers):
            break
        yield
    return Refined(parameters, full_rank, at_minimum)


def gauss_newton(problem: CurveProblem, parameters: Tensor) -> Update:
    """One update from `parameters` (free, curves)."""
    loss, residual, jacobian = problem.linearised(parameters)
    moving = ~problem.blocked(parameters, (jacobian * residual[:, None]).sum(0))
    lengths = (jacobian * jacobian).sum(0).sqrt()
    scale = torch.where(moving & (lengths > 0), lengths, 1.0)
    points, free = jacobian.shape[:2]
    # The residual as a further column: what the decomposition makes of it is the right side.
    last = torch.ones_like(moving[:1])
    stacked = torch.cat([jacobian / scale, residual[:, None]], dim=1)
    triangle = triangles(stacked, torch.cat([moving, last]))[:free]
    triangle, right = triangle[:, :free], -triangle[:, free:]
    eps = torch.finfo(scale.dtype).eps
    full_rank = (pivots(triangle).amin(0) > eps * points) & (moving.sum(0) <= points)
    update = solve_triangles(torch.where(full_rank, triangle, identities(triangle)), right)[:, 0].to(scale.dtype)
    length = (update.square().sum(0) / (scale * parameters).square().sum(0)).sqrt()
    tried = parameters + update / scale
    promised = right.square().sum((0, 1))
    at_minimum = (promised <= eps**0.5 * loss) | (length <= eps**0.5)
    return Update(tried, length, full_rank, at_minimum, (problem.project(tried) == tried).all(0))
