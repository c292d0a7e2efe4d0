"""Levenberg-Marquardt for many curves at once: one step is one trial of every curve, without a look at any number.

Damping follows the gain: H. B. Nielsen, "Damping Parameter in Marquardt's Method", 1999. As no number decides what is
computed, a step can be traced and compiled as it stands.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.small_systems import normal_equations, solve_definite

GOES_ON, CONVERGED, STUCK, NOT_FINITE = range(4)
"""How a curve stands; STUCK: no trial made its loss smaller."""
FIRST_DAMPING = 1e-3
LEAST_DAMPING = 1e-15
MOST_DAMPING = 1e16
TELLING_DAMPING = 1.0
"""An update damped more than this may be short without being near the minimum."""
TOLERANCE = 512
"""Rounding units, in which changes of the loss are no longer told from rounding."""


class State(NamedTuple):
    """Of every curve; (free, curves) or (curves,)."""

    parameters: Tensor
    loss: Tensor
    scale: Tensor
    """Largest norm so far of each column of the Jacobian."""
    damping: Tensor
    growth: Tensor
    """By what the damping grows when the next trial fails."""
    steps: Tensor
    """Trials that made the loss smaller."""
    most_steps: Tensor
    """Steps after which a curve stays where it is."""
    ended: Tensor

    @property
    def goes_on(self) -> Tensor:
        """Which curves the next step changes, (curves,)."""
        return (self.ended == GOES_ON) & (self.steps < self.most_steps)


def begin(problem: CurveProblem, steps: int) -> State:
    """Before the first step, from the start of the problem."""
    loss = problem.loss(problem.start)
    one = torch.ones_like(loss)
    ended = torch.where(loss.isfinite(), GOES_ON, NOT_FINITE)
    none = torch.zeros_like(ended)
    scale = torch.zeros_like(problem.start)
    return State(problem.start, loss, scale, FIRST_DAMPING * one, 2 * one, none, none + steps, ended)


def step(problem: CurveProblem, state: State) -> State:
    """One trial of every curve that goes on."""
    tolerance = TOLERANCE * torch.finfo(state.loss.dtype).eps
    _, residual, jacobian = problem.linearised(state.parameters)
    gram, gradient = normal_equations(jacobian, residual)
    lengths = gram.diagonal().T.sqrt()
    longest = torch.maximum(state.scale, lengths)
    scale = torch.where(longest > 0, longest, 1.0)
    moving = ~problem.blocked(state.parameters, gradient)
    gram, gradient = gram / scale / scale[:, None] * moving * moving[:, None], gradient / scale * moving
    damping = torch.where(moving, state.damping, 1.0)
    update = solve_definite(gram, damping, -gradient)
    unbounded = state.parameters + update / scale
    candidate = problem.project(unbounded)
    update = (candidate - state.parameters) * scale
    loss = problem.loss(candidate)
    predicted = -(update * (2 * gradient + (gram * update).sum(1))).sum(0)
    reduction = state.loss - loss
    better = reduction > 0
    goes_on = state.goes_on
    accepted = goes_on & better
    short = (lengths * update / scale).norm(dim=0) <= tolerance * (lengths * state.parameters).norm(dim=0)
    negligible = torch.maximum(reduction.abs(), predicted.abs()) <= tolerance * state.loss
    most_damped = state.damping >= MOST_DAMPING
    tells = (candidate == unbounded).all(0) & ((state.damping <= TELLING_DAMPING) | most_damped)
    ended = torch.where((negligible | short) & tells | ~moving.any(0), CONVERGED, GOES_ON)
    ended = torch.where(~better & most_damped, STUCK, ended)
    ended = torch.where(lengths.isfinite().all(0), ended, NOT_FINITE)
    gain = torch.where(predicted > 0, reduction / predicted, 0.0)
    shrunk = state.damping * torch.clamp(1 - (2 * gain - 1) ** 3, min=1 / 3)
    return State(
        torch.where(accepted, candidate, state.parameters),
        torch.where(accepted, loss, state.loss),
        longest,
        torch.where(better, shrunk.clamp(min=LEAST_DAMPING), state.damping * state.growth),
        torch.where(better, 2.0, 2 * state.growth),
        state.steps + accepted,
        state.most_steps,
        torch.where(goes_on, ended, state.ended),
    )
