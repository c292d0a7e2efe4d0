"""A global fit: many curves of one model that share some of its parameters.

The Jacobian of all curves together is an arrow: a block for each curve's own parameters, and columns of the shared
ones. Each block is reduced by a QR decomposition of its own, what is left of the shared columns by another of all of
it, so a step costs as much as there are points (A. Bjorck, "Numerical Methods for Least Squares Problems", 1996,
section 6.3).
"""

import math
import time
from collections.abc import Collection, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.curves.problem import CurveProblem
from app.fitting.curves.results import CurveResults
from app.fitting.losses import Poisson

_FIRST_DAMPING = 1e-3
_MOST_DAMPING = 1e20
_MOST_REFINEMENTS = 30


@dataclass(frozen=True)
class _Arrow:
    """Triangles of the QR decomposition of the joint Jacobian, columns of length one, and of the residual."""

    own: Tensor
    """(curves, own, own)"""
    across: Tensor
    """(curves, own, shared)"""
    own_right: Tensor
    """(curves, own)"""
    shared: Tensor
    """(shared, shared)"""
    shared_right: Tensor
    """(shared,)"""

    def update(self) -> tuple[Tensor, Tensor]:
        """The minimiser: shared parameters (shared,), own ones (own, curves)."""
        shared = torch.linalg.solve_triangular(self.shared, -self.shared_right[:, None], upper=True)[:, 0]
        right = -(self.own_right + self.across @ shared)[:, :, None]
        return shared, torch.linalg.solve_triangular(self.own, right, upper=True)[:, :, 0].T

    def variances(self) -> tuple[Tensor, Tensor]:
        """Diagonal of (J^T J)^-1: shared parameters (shared,), own ones (own, curves)."""
        half = torch.linalg.inv(self.shared)
        own = torch.linalg.inv(self.own)
        through = own @ self.across @ half
        return half.square().sum(1), (own.square().sum(2) + through.square().sum(2)).T


class _Joint:
    """All curves with parameters as a vector of shared ones and a matrix of own ones."""

    def __init__(self, problem: CurveProblem, shared: Collection[str]) -> None:
        self.problem = problem
        free = problem.parameters.free
        self.shared = [index for index, name in enumerate(free) if name in shared]
        self.own = [index for index, name in enumerate(free) if name not in shared]

    def loss(self, parameters: Tensor) -> float:
        """Sum over the curves."""
        return self.problem.loss(parameters).sum().item()

    def arrow(self, parameters: Tensor, damping: float) -> tuple[_Arrow, Tensor]:
        """The problem linearised at `parameters` (free, curves), and the scale of their updates, (free, curves)."""
        _, residual, jacobian = self.problem.linearised(parameters)
        moving = ~self.problem.blocked(parameters, self._gradient(jacobian, residual))
        columns = jacobian * moving
        lengths = columns.norm(dim=0)
        lengths[self.shared] = lengths[self.shared].norm(dim=1, keepdim=True)
        scale = torch.where(lengths > 0, lengths, 1.0)
        columns = columns / scale
        own, shared = columns[:, self.own].permute(2, 0, 1), columns[:, self.shared].permute(2, 0, 1)
        held = damping + (~moving[self.own].T).to(residual.dtype)
        stacked = torch.cat([own, shared, residual.T[:, :, None]], dim=2)
        count = len(self.own)
        extra = torch.cat([torch.diag_embed(held.sqrt()), stacked.new_zeros(*held.shape, len(self.shared) + 1)], dim=2)
        triangle = torch.linalg.qr(torch.cat([stacked, extra], dim=1), mode="r").R
        below = triangle[:, count:, count:].flatten(0, 1)
        held_shared = damping + (~moving[self.shared].any(1)).to(residual.dtype)
        last = torch.cat([torch.diag(held_shared.sqrt()), below.new_zeros(len(self.shared), 1)], dim=1)
        joint = torch.linalg.qr(torch.cat([below, last]), mode="r").R
        size = len(self.shared)
        arrow = _Arrow(
            triangle[:, :count, :count],
            triangle[:, :count, count:-1],
            triangle[:, :count, -1],
            joint[:size, :size],
            joint[:size, -1],
        )
        return arrow, scale

    def moved(self, parameters: Tensor, arrow: _Arrow, scale: Tensor) -> tuple[Tensor, Tensor]:
        """Parameters after the update, and the scaled update, (free, curves) both."""
        shared, own = arrow.update()
        update = torch.empty_like(parameters)
        update[self.shared], update[self.own] = shared[:, None].expand(-1, parameters.shape[1]), own
        return self.problem.project(parameters + update / scale), update

    def _gradient(self, jacobian: Tensor, residual: Tensor) -> Tensor:
        gradient = (jacobian * residual[:, None]).sum(0)
        gradient[self.shared] = gradient[self.shared].sum(1, keepdim=True).expand(-1, gradient.shape[1])
        return gradient


def fit_shared(
    problem: CurveProblem, shared: Collection[str], steps: int, chunk_seconds: float
) -> Generator[None, None, CurveResults]:
    """Levenberg-Marquardt on the sum of the losses of all curves, of which the parameters `shared` are the same.

    They start at the mean of the curves' start values. It rests for a moment after about each `chunk_seconds`.
    """
    joint = _Joint(problem, shared)
    parameters = problem.start.clone()
    parameters[joint.shared] = parameters[joint.shared].mean(1, keepdim=True).expand(-1, problem.curves)
    history = [problem.loss(parameters)]
    damping, growth, reason = _FIRST_DAMPING, 2.0, "max_steps"
    tolerance = 512 * torch.finfo(parameters.dtype).eps
    deadline = time.monotonic() + chunk_seconds
    if not bool(history[0].isfinite().all()):
        return _results(joint, parameters, history, "nonfinite")
    while len(history) <= steps:
        arrow, scale = joint.arrow(parameters, damping)
        candidate, _ = joint.moved(parameters, arrow, scale)
        before, loss = history[-1].sum().item(), joint.loss(candidate)
        change = (scale * (candidate - parameters)).norm() / (scale * parameters).norm().clamp(min=1e-300)
        if loss < before:
            parameters, damping, growth = candidate, max(damping / 5, 1e-14), 2.0
            history.append(problem.loss(candidate))
        else:
            damping, growth = damping * growth, 2 * growth
        settled = abs(before - loss) <= tolerance * before and change < 1e-4
        if settled or damping > _MOST_DAMPING:
            reason = "converged"
            break
        if time.monotonic() >= deadline:
            yield
            deadline = time.monotonic() + chunk_seconds
    if reason == "converged":
        parameters = _refined(joint, parameters)
        history[-1] = problem.loss(parameters)
    return _results(joint, parameters, history, reason)


def _refined(joint: _Joint, parameters: Tensor) -> Tensor:
    """Gauss-Newton updates as long as each is shorter than the one before."""
    before = 1e-3
    for _ in range(_MOST_REFINEMENTS):
        arrow, scale = joint.arrow(parameters, 0.0)
        tried, _ = joint.moved(parameters, arrow, scale)
        length = ((scale * (tried - parameters)).norm() / (scale * parameters).norm()).item()
        if not length < 0.95 * before:
            break
        parameters, before = tried, length
    return parameters


def _results(joint: _Joint, parameters: Tensor, history: list[Tensor], reason: str) -> CurveResults:
    problem, curves = joint.problem, joint.problem.curves
    coefficients = problem.parameters.values(parameters)
    stderr = {name: torch.full((curves,), torch.nan, dtype=torch.float64) for name in problem.parameters.names}
    free = problem.parameters.free
    nfree = int(problem.counts.sum()) - len(joint.shared) - curves * len(joint.own)
    known = problem.sigma_is_absolute or isinstance(problem.loss_function, Poisson)
    variance = 1.0 if known else history[-1].sum().item() / nfree if nfree > 0 else math.nan
    arrow, scale = joint.arrow(parameters, 0.0)
    diagonals = torch.cat([arrow.shared.diagonal().abs(), arrow.own.diagonal(dim1=1, dim2=2).abs().flatten()])
    if bool(diagonals.min() > torch.finfo(parameters.dtype).eps * len(problem.y)):
        shared, own = arrow.variances()
        for place, index in enumerate(joint.shared):
            stderr[free[index]] = (shared[place] * variance).sqrt() / scale[index]
        for place, index in enumerate(joint.own):
            stderr[free[index]] = (own[place] * variance).sqrt() / scale[index]
    else:
        reason = "singular" if reason == "converged" else reason
    losses = torch.stack(history, dim=1)
    return CurveResults(
        {name: coefficients[name].expand(curves).double() for name in problem.parameters.names},
        {name: error.double() for name, error in stderr.items()},
        history[-1].double(),
        torch.full((curves,), len(history) - 1, device=parameters.device),
        [reason] * curves,
        losses.flatten().double(),
    )
