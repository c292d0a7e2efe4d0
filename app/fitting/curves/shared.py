"""A global fit: many curves of one model that share some of its parameters."""

import math
from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.curves.arrowhead import Arrow, arrow_of
from app.fitting.curves.joint_statistics import joint_statistics
from app.fitting.curves.pace import Pace
from app.fitting.curves.results import CurveResults
from app.fitting.curves.standard_errors import curvature, variance
from app.fitting.optimizers.base import Optimizer
from app.fitting.optimizers.levenberg_marquardt.damping import (
    FIRST_DAMPING,
    FIRST_GROWTH,
    MOST_DAMPING,
    TELLING_DAMPING,
    adapted,
)
from app.fitting.optimizers.levenberg_marquardt.gauss_newton import DITHERING_OF_MANY, FIRST_LENGTH
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.statistics.propagation import standard_errors

_MOST_REFINEMENTS = 30
_MOST_NUMBERS = 2**20
"""Most points of all curves together that are linearised at once; a longer curve is linearised alone."""


@dataclass(frozen=True)
class _Linearised:
    """Triangles of each curve's Jacobian and residual, in scaled parameters, the own ones first."""

    own: int
    """Number of parameters that each curve has for itself."""
    blocks: Tensor
    """The triangles, (curves, rows, own + shared + 1); columns of parameters that are held are zero."""
    scale: Tensor
    """Factor of each parameter that makes it a scaled one, (curves, own + shared)."""
    moving: Tensor
    """Whether each parameter moves, and is not held at a bound, (curves, own + shared)."""

    def arrow(self, damping: float = 0.0) -> Arrow:
        """Return the triangles of all curves together, with `damping` added to the diagonal of J^T J."""
        return arrow_of(self.blocks, damping + (~self.moving).to(self.blocks.dtype), self.own)

    def predicted(self, update: Tensor) -> float:
        """Return by how much a scaled update (curves, own + shared) makes the linearised sum of squares smaller."""
        before = self.blocks[:, :, -1]
        change = (self.blocks[:, :, :-1] @ update[:, :, None])[:, :, 0]
        return -(change * (2 * before + change)).sum().item()


class _Joint:
    """All curves as one problem, whose parameters are rows (curves, own + shared); each row has the shared ones."""

    def __init__(self, problem: CurveProblem, shared: Collection[str]) -> None:
        self.problem = problem
        free = problem.parameters.free
        own = [index for index, name in enumerate(free) if name not in shared]
        self.own = len(own)
        self.order = [*own, *(index for index, name in enumerate(free) if name in shared)]
        self.back = sorted(range(len(free)), key=self.order.__getitem__)
        size = max(1, _MOST_NUMBERS // len(problem.y))
        numbers = torch.arange(problem.curves, device=problem.y.device)
        self.parts = [(curves, problem.take(curves)) for curves in numbers.split(size)]

    def start(self) -> Tensor:
        """Return the start values of the curves, (curves, own + shared); those of shared parameters are their mean."""
        rows = self.problem.start[self.order].T.clone()
        rows[:, self.own :] = rows[:, self.own :].mean(0)
        return rows

    def free(self, rows: Tensor) -> Tensor:
        """Return the parameters in the order and shape of the problem, (free, curves)."""
        return rows.T[self.back]

    def losses(self, rows: Tensor) -> Tensor:
        """Return the loss of each curve, (curves,)."""
        parameters = self.free(rows)
        return torch.cat([part.loss(parameters[:, curves]) for curves, part in self.parts])

    def projected(self, rows: Tensor) -> Tensor:
        """Return the nearest rows within the bounds."""
        return self.problem.project(self.free(rows))[self.order].T

    def determined_by(self, arrow: Arrow) -> bool:
        """Tell whether the data determine all parameters that are not held."""
        rounding = torch.finfo(self.problem.y.dtype).eps * max(self.problem.y.shape)
        return bool(arrow.least_pivot > rounding)

    def linearised(self, rows: Tensor) -> Generator[None, None, _Linearised]:
        """Return the linearised problem for a step: each residual times the root of its working weight."""
        return self._reduced(rows, lambda part, parameters: part.linearised(parameters)[1:])

    def curvature(self, rows: Tensor) -> Generator[None, None, _Linearised]:
        """Return the linearised problem for standard errors; the parameters held are those that a step would hold."""
        held = yield from self.linearised(rows)
        return (yield from self._reduced(rows, _without_residual, held.moving))

    def _reduced(
        self,
        rows: Tensor,
        linearise: Callable[[CurveProblem, Tensor], tuple[Tensor, Tensor]],
        moving: Tensor | None = None,
    ) -> Generator[None, None, _Linearised]:
        parameters, triangles = self.free(rows), []
        for curves, part in self.parts:
            residual, jacobian = linearise(part, parameters[:, curves])
            columns = torch.cat([jacobian[:, self.order], residual[:, None]], dim=1)
            triangles.append(torch.linalg.qr(columns.permute(2, 0, 1), mode="r").R)
            yield
        blocks = torch.cat(triangles)
        moving = self._moving(parameters, blocks) if moving is None else moving
        columns = blocks[:, :, :-1] * moving[:, None]
        lengths = columns.norm(dim=1)
        lengths[:, self.own :] = lengths[:, self.own :].norm(dim=0)
        scale = torch.where(lengths > 0, lengths, 1.0)
        return _Linearised(self.own, torch.cat([columns / scale[:, None], blocks[:, :, -1:]], dim=2), scale, moving)

    def _moving(self, parameters: Tensor, blocks: Tensor) -> Tensor:
        gradient = (blocks[:, :, :-1] * blocks[:, :, -1:]).sum(1)
        gradient[:, self.own :] = gradient[:, self.own :].sum(0)
        return ~self.problem.blocked(parameters, self.free(gradient))[self.order].T


def _without_residual(part: CurveProblem, parameters: Tensor) -> tuple[Tensor, Tensor]:
    return torch.zeros_like(part.y), curvature(part, parameters)


def fit_shared(
    problem: CurveProblem,
    shared: Collection[str],
    optimizer: Optimizer,
    steps: int,
    chunk_seconds: float,
    confidence_level: float = 0.95,
) -> Generator[None, None, CurveResults]:
    """Fit all curves by Levenberg-Marquardt on the sum of their losses; they share the parameters `shared`.

    The shared parameters start at the mean of the curves' start values. The training rests for a moment after about
    each `chunk_seconds`, and between parts of very many points. There is no checkpoint: a fit that is broken off begins
    anew. Raises TypeError for another optimizer.
    """
    if not isinstance(optimizer, LevenbergMarquardt):
        raise TypeError(f"{optimizer.name} can't share parameters between curves")
    joint = _Joint(problem, shared)
    rows = joint.start()
    history = [joint.losses(rows)]
    reason = "nonfinite"
    if bool(history[0].isfinite().all()):
        rows, reason = yield from _stepped(joint, rows, optimizer, steps, chunk_seconds, history)
    if reason == "converged":
        rows, reason = yield from _refined(joint, rows)
        history[-1] = joint.losses(rows)
    return (yield from _results(joint, rows, history, reason, confidence_level))


def _stepped(
    joint: _Joint,
    rows: Tensor,
    optimizer: LevenbergMarquardt,
    steps: int,
    chunk_seconds: float,
    history: list[Tensor],
) -> Generator[None, None, tuple[Tensor, str]]:
    """Take steps with the same damping as those of many curves, and add the losses after each to `history`.

    Returns the rows at the end, and why the steps ended.
    """
    tolerance, pace = optimizer.relative_tolerance(rows.dtype), Pace(chunk_seconds)
    damping, growth = torch.tensor((FIRST_DAMPING, FIRST_GROWTH), dtype=torch.float64).unbind()
    linearised = yield from joint.linearised(rows)
    while len(history) <= steps:
        if not bool(linearised.blocks.isfinite().all()):
            return rows, "nonfinite"
        unbounded = rows + linearised.arrow(damping.item()).update() / linearised.scale
        candidate = joint.projected(unbounded)
        losses, before = joint.losses(candidate), history[-1].sum().item()
        reduction = before - losses.sum().item()
        predicted = linearised.predicted((candidate - rows) * linearised.scale)
        most_damped = damping.item() >= MOST_DAMPING
        tells = candidate.equal(unbounded) and (damping.item() <= TELLING_DAMPING or most_damped)
        ends = tells and abs(reduction) <= tolerance * before and abs(predicted) <= tolerance * before
        if reduction > 0:
            rows = candidate
            history.append(losses)
        elif most_damped:
            ends = True
        gain = reduction / predicted if predicted > 0 else 0.0
        damping, growth = adapted(damping, growth, torch.full_like(damping, gain), torch.tensor(reduction > 0))
        if ends or not bool(linearised.moving.any()):
            return rows, "converged"
        if reduction > 0:
            linearised = yield from joint.linearised(rows)
        elif pace.is_due():
            yield
    return rows, "max_steps"


def _refined(joint: _Joint, rows: Tensor) -> Generator[None, None, tuple[Tensor, str]]:
    """Make Gauss-Newton updates as long as each is shorter than the one before.

    Returns the rows after them, and how the training ended.
    """
    before, eps = FIRST_LENGTH, torch.finfo(rows.dtype).eps
    for _ in range(_MOST_REFINEMENTS):
        linearised = yield from joint.linearised(rows)
        arrow = linearised.arrow()
        if not joint.determined_by(arrow):
            return rows, "singular"
        update = arrow.update()
        length = (update.norm() / (linearised.scale * rows).norm()).item()
        tried = rows + update / linearised.scale
        if not length < DITHERING_OF_MANY * before or not joint.projected(tried).equal(tried):
            break
        rows, before = tried, length
    promises_little = arrow.promised <= eps**0.5 * linearised.blocks[:, :, -1].square().sum()
    return rows, "converged" if promises_little or length <= eps**0.5 else "diverged"


def _results(
    joint: _Joint, rows: Tensor, history: list[Tensor], reason: str, level: float
) -> Generator[None, None, CurveResults]:
    problem, curves = joint.problem, joint.problem.curves
    parameters = joint.free(rows)
    coefficients = problem.parameters.values(parameters)
    stderr = {name: torch.full((curves,), math.nan, dtype=torch.float64) for name in problem.parameters.names}
    statistics = None
    linearised = yield from joint.curvature(rows)
    arrow = linearised.arrow()
    if reason in ("converged", "max_steps") and joint.determined_by(arrow):
        inverse = arrow.inverse() / linearised.scale[:, None] / linearised.scale[:, :, None]
        nvarys = linearised.moving[:, : joint.own].sum() + linearised.moving[0, joint.own :].sum()
        scale = variance(problem, parameters, problem.ndata.sum() - nvarys, torch.sum)
        covariance = inverse[:, joint.back][:, :, joint.back].double() * scale
        stderr = standard_errors(problem.parameters, parameters, covariance, joint.free(linearised.moving))
        moving = [index for index in joint.order[joint.own :] if linearised.moving[0, joint.order.index(index)]]
        names = [problem.parameters.free[index] for index in moving]
        of_shared = covariance[0, moving][:, moving]
        statistics = joint_statistics(problem, parameters, int(nvarys), names, of_shared, level)
    return CurveResults(
        {name: coefficients[name].expand(curves).double() for name in problem.parameters.names},
        stderr,
        history[-1].double(),
        torch.full((curves,), len(history) - 1, device=parameters.device),
        [reason] * curves,
        torch.stack(history, dim=1).flatten().double(),
        statistics=statistics,
    )
