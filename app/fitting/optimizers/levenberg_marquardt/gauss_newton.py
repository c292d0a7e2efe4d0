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
MOST_ROUNDS = 30
"""Most updates of one of many curves."""


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


def gauss_newton(objective: Objective, parameters: Tensor) -> Update:
    """Return one update from `parameters` (free,) or (free, curves)."""
    loss, residual, jacobian = objective.linearised(parameters)
    points, free = objective.points, jacobian.shape[1]
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


class Refining(NamedTuple):
    """State of the refinement of one fit, or of many curves, which are then the last axis of every tensor."""

    parameters: Tensor
    """Parameters after the updates so far, (free,) or (free, curves)."""
    loss: Tensor
    """Loss where the refinement began, 0-d or (curves,)."""
    before: Tensor
    """Length of the last update, or a bound on that of the first, 0-d or (curves,)."""
    rounds: Tensor
    """Number of updates so far, 0-d or (curves,)."""
    ended: Tensor
    """How the refinement stands: REFINES, REFINED, or for a single fit UNSURE, 0-d or (curves,)."""
    full_rank: Tensor
    """Whether the Jacobian had full rank at the last look, 0-d or (curves,)."""
    at_minimum: Tensor
    """Whether the last linearised problem promised no more than rounding, 0-d or (curves,)."""


REFINES, REFINED, UNSURE = range(3)
"""It goes on; it has ended; it has ended, but at no sure minimum."""


def begin_refinement(parameters: Tensor, loss: Tensor) -> Refining:
    """Return the state before the first update from `parameters` (free,) or (free, curves), whose loss is `loss`."""
    none = torch.zeros_like(loss, dtype=torch.int64)
    length = torch.full_like(loss, FIRST_LENGTH, dtype=torch.float64)
    return Refining(parameters, loss, length, none, none, none.bool(), none.bool())


def refine(objective: Objective, state: Refining) -> Refining:
    """Return the state of one fit's refinement after one more update; it must not have ended.

    It ends where updates are mere rounding or no longer get shorter, and is unsure where they do not get shorter fast,
    or do not lead to what is surely a minimum.
    """
    update = gauss_newton(objective, state.parameters)
    few = torch.finfo(state.parameters.dtype).eps ** 0.5
    sure = update.full_rank & update.inside & update.at_minimum & (update.rounding <= few)
    sure = sure & (update.length <= (SLOW * state.before).maximum(update.rounding))
    sure = sure & (update.loss <= (1 + few) * state.loss)
    dithers = update.length >= DITHERING * state.before
    is_rounding = update.length <= ROUNDED * update.rounding
    moves = sure & ~dithers
    ended = torch.where(dithers | is_rounding, REFINED, REFINES)
    ended = torch.where(sure, ended, UNSURE)
    return Refining(
        torch.where(moves, update.parameters, state.parameters),
        state.loss,
        torch.where(moves, update.length, state.before),
        state.rounds + 1,
        ended,
        update.full_rank,
        update.at_minimum,
    )


def refine_many(objective: Objective, state: Refining) -> Refining:
    """Return the state of many curves' refinement after one more update of those that go on.

    Each is updated as long as its updates get shorter. They converge linearly: the next one is shorter by the same
    factor as the last one was. An update that would be mere rounding is left out.
    """
    update = gauss_newton(objective, state.parameters)
    goes_on = state.ended == REFINES
    better = update.full_rank & update.inside & (update.length < DITHERING_OF_MANY * state.before)
    # No update came before the first: what its length is compared with is a bound.
    rate = torch.where(state.rounds > 0, update.length / state.before, 1.0)
    pays = better & (rate * update.length > ROUNDED * update.rounding) & (state.rounds + 1 < MOST_ROUNDS)
    return Refining(
        torch.where(goes_on & better, update.parameters, state.parameters),
        state.loss,
        torch.where(goes_on, update.length, state.before),
        state.rounds + goes_on,
        torch.where(goes_on & ~pays, REFINED, state.ended),
        torch.where(goes_on, update.full_rank, state.full_rank),
        torch.where(goes_on, update.at_minimum, state.at_minimum),
    )


Refine = Callable[[Objective, Refining], Refining]
"""Function that refines a single fit to its end: `refined_to_the_end`, or a program of it."""


def refined_to_the_end(objective: Objective, state: Refining) -> Refining:
    """Return the state of one fit's refinement at its end."""
    while int(state.ended) == REFINES:
        state = refine(objective, state)
    return state
