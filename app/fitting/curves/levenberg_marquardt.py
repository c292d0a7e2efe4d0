"""Levenberg-Marquardt for many curves at once: one step is one trial of every curve, without a look at any number.

Damping follows the gain: H. B. Nielsen, "Damping Parameter in Marquardt's Method", 1999.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.small_systems import normal_equations, solve_definite

GOES_ON, CONVERGED, STUCK, NOT_FINITE = range(4)
"""How a curve stands; STUCK: no trial made its loss smaller."""
_FIRST_DAMPING = 1e-3
_MOST_DAMPING = 1e16
_MOST_REFINEMENTS = 30


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
    ended: Tensor


def begin(problem: CurveProblem) -> State:
    """Before the first step, from the start of the problem."""
    loss = problem.loss(problem.start)
    one = torch.ones_like(loss)
    ended = torch.where(loss.isfinite(), GOES_ON, NOT_FINITE)
    zeros = torch.zeros_like(problem.start)
    return State(problem.start, loss, zeros, _FIRST_DAMPING * one, 2 * one, torch.zeros_like(ended), ended)


def step(problem: CurveProblem, state: State) -> State:
    """One trial of every curve that goes on."""
    tolerance = 512 * torch.finfo(state.loss.dtype).eps
    _, residual, jacobian = problem.linearised(state.parameters)
    lengths = jacobian.norm(dim=0)
    scale = torch.maximum(state.scale, lengths)
    scale = torch.where(scale > 0, scale, 1.0)
    gram, gradient = normal_equations(jacobian / scale, residual)
    moving = ~problem.blocked(state.parameters, gradient)
    held = (~moving).to(gram.dtype)
    gram = gram * moving * moving[:, None] + torch.diag_embed(held.T).permute(1, 2, 0)
    damped = gram + torch.diag_embed((state.damping * (1 - held)).T).permute(1, 2, 0)
    update = solve_definite(damped, -gradient * moving)
    unbounded = state.parameters + update / scale
    candidate = problem.project(unbounded)
    update = (candidate - state.parameters) * scale
    loss = problem.loss(candidate)
    predicted = -(update * (2 * gradient + (gram * update).sum(1))).sum(0)
    reduction = state.loss - loss
    better = reduction > 0
    goes_on = state.ended == GOES_ON
    accepted = goes_on & better
    gain = reduction / predicted
    short = (lengths * update / scale).norm(dim=0) <= tolerance * (lengths * state.parameters).norm(dim=0)
    negligible = torch.maximum(reduction.abs(), predicted.abs()) <= tolerance * state.loss
    # An update may be short only because it was damped much: that says nothing of the minimum.
    free = (candidate == unbounded).all(0) & ((state.damping <= 1.0) | (state.damping >= _MOST_DAMPING))
    ended = torch.where((negligible | short) & free | ~moving.any(0), CONVERGED, GOES_ON)
    ended = torch.where(~better & (state.damping >= _MOST_DAMPING), STUCK, ended)
    ended = torch.where(jacobian.isfinite().flatten(0, 1).all(0), ended, NOT_FINITE)
    shrunk = state.damping * torch.clamp(1 - (2 * gain - 1) ** 3, min=1 / 3)
    return State(
        torch.where(accepted, candidate, state.parameters),
        torch.where(accepted, loss, state.loss),
        scale,
        torch.where(better, shrunk, state.damping * state.growth),
        torch.where(better, 2.0, 2 * state.growth),
        state.steps + accepted,
        torch.where(goes_on, ended, state.ended),
    )


def refined(problem: CurveProblem, parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Gauss-Newton updates, by QR, of each curve as long as they get shorter; and which Jacobians have full rank.

    As the single method ends: it reaches digits that a comparison of losses can't see.
    """
    before = parameters.new_full(parameters.shape[1:], 1e-3)
    going = torch.ones_like(before, dtype=torch.bool)
    full_rank = going
    for _ in range(_MOST_REFINEMENTS):
        _, residual, jacobian = problem.linearised(parameters)
        moving = ~problem.blocked(parameters, (jacobian * residual[:, None]).sum(0))
        columns = jacobian * moving
        lengths = columns.norm(dim=0)
        scale = torch.where(lengths > 0, lengths, 1.0)
        orthogonal, triangle = torch.linalg.qr((columns / scale).permute(2, 0, 1))
        diagonal = triangle.diagonal(dim1=1, dim2=2).abs()
        if triangle.shape[1] < triangle.shape[2]:
            return parameters, torch.zeros_like(going)
        smallest = torch.where(moving.T, diagonal, 1.0).amin(1)
        enough = smallest > torch.finfo(scale.dtype).eps * len(residual)
        full_rank = torch.where(going, enough, full_rank)
        # A parameter that is held has a column of zeros: a one on its diagonal keeps its update 0.
        triangle = triangle + torch.diag_embed((~moving.T).to(scale.dtype))
        right = -(orthogonal.mT @ residual.T[:, :, None]) * moving.T[:, :, None]
        update = torch.linalg.solve_triangular(triangle, right, upper=True)[:, :, 0].T
        length = update.norm(dim=0) / (scale * parameters).norm(dim=0)
        tried = parameters + update / scale
        going = going & enough & (length < 0.95 * before) & (problem.project(tried) == tried).all(0)
        if not bool(going.any()):
            break
        parameters = torch.where(going, tried, parameters)
        before = torch.where(going, length, before)
    return parameters, full_rank
