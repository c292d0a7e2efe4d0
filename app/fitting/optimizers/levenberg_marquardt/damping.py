"""Levenberg-Marquardt by damping, in trials whose course of computation does not depend on any number.

The damping follows the gain (H. B. Nielsen, "Damping Parameter in Marquardt's Method", 1999). As no number decides what
is computed, a trial serves one fit as well as many curves side by side, which are then the last axis of every tensor;
and it can be traced and compiled unchanged.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.numerics.small_systems import diagonals, norm, normal_equations, solve_definite
from app.fitting.optimizers.levenberg_marquardt.ends import BOUND, COST, GOES_ON, GRADIENT, NOT_FINITE, STEP
from app.fitting.problems.objective import Objective

FIRST_DAMPING = 1e-3
FIRST_GROWTH = 2.0
LEAST_DAMPING = 1e-15
MOST_DAMPING = 1e16
TELLING_DAMPING = 1.0
"""Damping above which an update may be short without being near the minimum."""


class Damped(NamedTuple):
    """State of the damped trials of one fit, or of many curves, which are then the last axis of every tensor."""

    parameters: Tensor
    """Parameters after the last trial that made the loss smaller, (free,) or (free, curves)."""
    loss: Tensor
    """Loss at these parameters, 0-d or (curves,); NaN where the first trial is still to find it."""
    gradient: Tensor
    """Half the gradient there, J^T r, (free,) or (free, curves)."""
    gram: Tensor
    """Gram matrix J^T J there, (free, free) or (free, free, curves)."""
    scale: Tensor
    """Largest norm so far of each column of the Jacobian, (free,) or (free, curves)."""
    damping: Tensor
    """Damping parameter of the next trial, 0-d or (curves,)."""
    growth: Tensor
    """Factor by which the damping grows if the next trial fails, 0-d or (curves,)."""
    steps: Tensor
    """Number of trials that made the loss smaller, 0-d or (curves,)."""
    most_steps: Tensor
    """Number of steps after which the state does not change any more, 0-d or (curves,)."""
    ended: Tensor
    """Number of the end of the trials, as in `ends`, 0-d or (curves,)."""

    @property
    def goes_on(self) -> Tensor:
        """Tell whether the next trial changes anything, 0-d or (curves,)."""
        return (self.ended == GOES_ON) & (self.steps < self.most_steps)


def begin(parameters: Tensor, steps: int) -> Damped:
    """Return the state before the first of at most `steps` steps from `parameters` (free,) or (free, curves).

    The first trial finds out where it is, and does not move.
    """
    zeros = torch.zeros_like(parameters)
    one = parameters.new_ones(parameters.shape[1:])
    none = torch.zeros_like(one, dtype=torch.int64)
    gram = parameters.new_zeros(len(parameters), *parameters.shape)
    numbers = (FIRST_DAMPING * one, FIRST_GROWTH * one, none, none + steps, none)
    return Damped(parameters, torch.nan * one, zeros, gram, zeros, *numbers)


def trial(objective: Objective, state: Damped, tolerance: float | Tensor) -> Damped:
    """Return the state after one more trial; where the trials have ended it stays as it is.

    A relative change of the loss or of the model that is no larger than `tolerance` counts as none. A place where the
    loss or a derivative is not finite is no better than any other.
    """
    begins = state.loss.isnan()
    lengths = diagonals(state.gram).sqrt()
    longest = torch.maximum(state.scale, lengths)
    scale = torch.where(longest > 0, longest, 1.0)
    moving = ~objective.blocked(state.parameters, state.gradient)
    scaled = state.gram / scale / scale[:, None] * moving * moving[:, None]
    gradient = state.gradient / scale * moving
    damping = torch.where(moving, state.damping, 1.0)
    unbounded = state.parameters + torch.where(begins, 0.0, solve_definite(scaled, damping, -gradient)) / scale
    candidate = objective.project(unbounded)
    update = (candidate - state.parameters) * scale
    there = objective.linearised(candidate)
    gram_there, gradient_there = normal_equations(there.jacobian, there.residual)
    is_place = there.loss.isfinite() & diagonals(gram_there).isfinite().all(0)
    predicted = -(update * (2 * gradient + (scaled * update).sum(1))).sum(0)
    reduction = state.loss - there.loss
    better = (reduction > 0) & is_place
    goes_on = state.goes_on
    accepted = goes_on & better
    moves = goes_on & (better | begins)
    short = norm(lengths * update / scale) <= tolerance * norm(lengths * state.parameters)
    negligible = torch.maximum(reduction.abs(), predicted.abs()) <= tolerance * state.loss
    most_damped = state.damping >= MOST_DAMPING
    tells = (candidate == unbounded).all(0) & ((state.damping <= TELLING_DAMPING) | most_damped)
    ended = torch.where(short, STEP, GOES_ON)
    ended = torch.where(negligible, COST, ended)
    ended = torch.where((gradient == 0).all(0), GRADIENT, ended)
    ended = torch.where(tells, ended, GOES_ON)
    ended = torch.where(moving.any(0), ended, BOUND)
    ended = torch.where(~better & most_damped & (ended == GOES_ON), COST, ended)
    ended = torch.where(begins, torch.where(is_place, GOES_ON, NOT_FINITE), ended)
    gain = torch.where(predicted > 0, reduction / predicted, 0.0)
    damping, growth = adapted(state.damping, state.growth, gain, better)
    changes = goes_on & ~begins
    return Damped(
        torch.where(accepted, candidate, state.parameters),
        torch.where(moves, there.loss, state.loss),
        torch.where(moves, gradient_there, state.gradient),
        torch.where(moves, gram_there, state.gram),
        torch.where(changes, longest, state.scale),
        torch.where(changes, damping, state.damping),
        torch.where(changes, growth, state.growth),
        state.steps + accepted,
        state.most_steps,
        torch.where(goes_on, ended, state.ended),
    )


def adapted(damping: Tensor, growth: Tensor, gain: Tensor, better: Tensor) -> tuple[Tensor, Tensor]:
    """Return damping and growth for the trial that follows one of this gain; shapes that broadcast.

    The gain is by how much the loss got smaller, as a share of what the linearised problem promised. The damping
    shrinks after a trial that was `better`, and grows after one that was not, as Nielsen 1999 has it.
    """
    shrunk = damping * torch.clamp(1 - (2 * gain - 1) ** 3, min=1 / 3)
    return (
        torch.where(better, shrunk.clamp(min=LEAST_DAMPING), damping * growth),
        torch.where(better, FIRST_GROWTH, 2 * growth),
    )
