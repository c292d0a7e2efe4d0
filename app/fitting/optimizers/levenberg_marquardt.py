"""Levenberg-Marquardt, as a trust region method that ends with Gauss-Newton steps."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.optimizers.base import End, Objective, State, Step

MOST_TRIALS = 100
"""Shorter and shorter updates that one step tries."""
MOST_REFINEMENTS = 100
"""Gauss-Newton updates after the trust region method has converged."""

_ENDS = (
    None,
    End("converged", "gradient", "the gradient is zero to rounding"),
    End("converged", "step", "updates are no larger than rounding"),
    End("converged", "cost", "no update makes the loss smaller"),
    End("converged", "bound", "every free parameter is at a bound"),
    End("singular", "cost", "no update makes the loss smaller, but the data do not determine all parameters"),
)
_GOES_ON, _GRADIENT, _STEP, _COST, _BOUND, _SINGULAR = range(len(_ENDS))


@dataclass(frozen=True)
class LevenbergMarquardt:
    """Each step minimises the linearised sum of squares ||r + J s|| over the updates s with ||D s|| <= radius.

    D holds the largest norm so far of each column of J, and the radius follows the ratio of actual to predicted
    reduction: J. J. More, "The Levenberg-Marquardt Algorithm: Implementation and Theory", 1978. One step is one
    accepted update. When updates or reductions are no larger than rounding lets the loss tell, full Gauss-Newton
    updates follow, judged by their own length: they reach digits that a comparison of losses can't see. A parameter
    at a bound that descent would cross stays there for the step; an update that crosses a bound ends at it.
    """

    def init(self, parameters: Tensor) -> State:
        """D as `scale` (parameters,), `radius` (0: not yet known), `damping`, and how it `ended`, 0-d."""
        zero = parameters.new_zeros(())
        return {"scale": torch.zeros_like(parameters), "radius": zero, "damping": zero, "ended": zero}

    def done(self, state: State) -> End | None:
        """Once the last update was no larger than rounding."""
        return _ENDS[int(state["ended"])]

    def step(self, objective: Objective, parameters: Tensor, state: State) -> Step:
        """One accepted update; parameters of NaN where a derivative is not finite."""
        loss, residual, jacobian = objective.linearised(parameters)
        if not jacobian.isfinite().all():
            return Step(torch.full_like(parameters, math.nan), state, loss)
        scale = _grown(state["scale"], jacobian)
        radius = state["radius"].item() or (scale * parameters).norm().item() or 1.0
        moving = ~objective.blocked(parameters, jacobian.T @ residual)
        if not moving.any():
            return Step(parameters, state | {"ended": parameters.new_tensor(float(_BOUND))}, loss)
        region = _Region(loss.item(), residual, (jacobian / scale)[:, moving], radius, state["damping"].item())
        parameters, ended = _accepted_update(objective, parameters, scale, jacobian.norm(dim=0), moving, region)
        if ended:
            parameters, full_rank = _refined(objective, parameters, moving)
            ended = ended if full_rank else _SINGULAR
        numbers = (region.radius, region.damping, float(ended))
        changed = dict(zip(("radius", "damping", "ended"), parameters.new_tensor(numbers).unbind(), strict=True))
        return Step(parameters, {"scale": scale} | changed, loss)


def _grown(scale: Tensor, jacobian: Tensor) -> Tensor:
    grown = torch.maximum(scale, jacobian.norm(dim=0))
    return torch.where(grown > 0, grown, 1.0)


def _accepted_update(
    objective: Objective, parameters: Tensor, scale: Tensor, columns: Tensor, moving: Tensor, region: "_Region"
) -> tuple[Tensor, int]:
    """Parameters after the first update that makes the loss smaller, and how that ended it, if it did.

    `columns` (parameters,) are the lengths of the Jacobian's columns here: what an update changes in the model.
    """
    tolerance = 512 * torch.finfo(parameters.dtype).eps
    shortest = tolerance * (columns * parameters).norm().item()
    for _ in range(MOST_TRIALS):
        update = torch.zeros_like(parameters)
        update[moving] = region.update()
        wanted, radius = update.norm().item(), region.radius
        is_short = (columns * update / scale).norm().item() <= shortest
        unbounded = parameters + update / scale
        candidate = objective.project(unbounded)
        clipped = not candidate.equal(unbounded)
        if clipped:
            update = scale * (candidate - parameters)
        trial = region.judge(update[moving], objective.loss(candidate).item(), wanted)
        # A clipped update that leads nowhere says nothing: a shorter one has another direction.
        # One that a growing region held back says nothing either: the minimum may be very far.
        tells = not clipped and region.radius <= radius
        negligible = tells and max(abs(trial.reduction), abs(trial.predicted)) <= tolerance * region.loss
        ended = _COST if negligible else _STEP if is_short and region.radius <= radius else _GOES_ON
        if wanted == 0:
            ended = _GRADIENT
        if trial.reduction > 0:
            return candidate, ended
        if ended:
            return parameters, ended
    return parameters, _COST


class _Trial(NamedTuple):
    reduction: float
    predicted: float


class _Region:
    """The linearised problem at one point and the trust region around it, in scaled parameters."""

    def __init__(self, loss: float, residual: Tensor, jacobian: Tensor, radius: float, damping: float) -> None:
        self.loss = loss
        self.radius = radius
        self.damping = damping
        left, singular, right = torch.linalg.svd(jacobian, full_matrices=False)
        self._singular: Tensor = singular
        self._right: Tensor = right
        self._projected: Tensor = left.T @ residual
        few = torch.finfo(jacobian.dtype).eps * max(jacobian.shape)
        self._full_rank = len(self._singular) == jacobian.shape[1] and bool(
            self._singular[-1] > few * self._singular[0]
        )

    def update(self) -> Tensor:
        """The minimiser within the region, (parameters,)."""
        if self._full_rank:
            newton = -self._right.T @ (self._projected / self._singular)
            if newton.norm() <= self.radius:
                self.damping = 0.0
                return newton
        self.damping = self._damping_for_radius()
        damped = self._singular * self._projected / (self._singular**2 + self.damping)
        update: Tensor = -self._right.T @ damped
        shortened: Tensor = update * (self.radius / update.norm()).clamp(max=1.0)
        return shortened

    def judge(self, update: Tensor, loss: float, length: float) -> _Trial:
        """Compare the loss after an update with what the linearised problem promised, and resize the region.

        `length` is that of the update before a bound shortened it.
        """
        if not math.isfinite(loss):
            self._resize(0.25 * length)
            return _Trial(-math.inf, math.inf)
        change = self._singular * (self._right @ update)
        predicted = -(change @ (2 * self._projected + change)).item()
        reduction = self.loss - loss
        # What a bound left of an update may even promise a larger loss.
        if reduction <= 0 or reduction < 0.25 * predicted:
            self._resize(0.25 * length)
        elif reduction > 0.75 * predicted and length > 0.95 * self.radius:
            self._resize(2 * self.radius)
        return _Trial(reduction, predicted)

    def _resize(self, radius: float) -> None:
        radius = max(radius, torch.finfo(torch.float64).tiny)
        self.damping *= self.radius / radius
        self.radius = radius

    def _damping_for_radius(self) -> float:
        """The damping whose update is as long as the radius, to 1 %: Newton's method on the secular equation.

        More 1978, section 5, with the safeguards there.
        """
        gradient = self._singular * self._projected
        upper, lower = gradient.norm().item() / self.radius, 0.0
        if upper == 0:
            return 0.0
        if self._full_rank:
            excess, slope = self._excess_and_slope(0.0)
            lower = -excess / slope
        damping = self.damping
        for _ in range(10):
            if not lower < damping < upper:
                damping = max(0.001 * upper, math.sqrt(lower * upper))
            excess, slope = self._excess_and_slope(damping)
            if excess < 0:
                upper = damping
            lower = max(lower, damping - excess / slope)
            damping -= (excess + self.radius) / self.radius * excess / slope
            if abs(excess) < 0.01 * self.radius:
                break
        return max(damping, 0.0)

    def _excess_and_slope(self, damping: float) -> tuple[float, float]:
        divisor = self._singular**2 + damping
        update = self._singular * self._projected / divisor
        length = update.norm().item()
        if length == 0:
            return -self.radius, -math.inf
        # The square of a direction, not of numbers that may be too small or too large to be squared.
        return length - self.radius, -length * ((update / length) ** 2 / divisor).sum().item()


def _refined(objective: Objective, parameters: Tensor, moving: Tensor) -> tuple[Tensor, bool]:
    """Gauss-Newton updates of the moving parameters as long as each is shorter than the one before.

    Also whether the Jacobian of the moving parameters has full rank.
    """
    before = 1e-3
    for _ in range(MOST_REFINEMENTS):
        _, residual, jacobian = objective.linearised(parameters)
        scale = _grown(torch.zeros_like(parameters), jacobian)
        orthogonal, triangular = torch.linalg.qr((jacobian / scale)[:, moving])
        diagonal = triangular.diagonal().abs()
        if len(diagonal) < moving.sum() or not diagonal.min() > torch.finfo(scale.dtype).eps * len(residual):
            return parameters, False
        update = torch.zeros_like(parameters)
        projected = -(orthogonal.T @ residual)[:, None]
        update[moving] = torch.linalg.solve_triangular(triangular, projected, upper=True)[:, 0]
        length = (update.norm() / (scale * parameters).norm()).item()
        refined = parameters + update / scale
        if not length < 0.95 * before or not objective.project(refined).equal(refined):
            break
        parameters, before = refined, length
    return parameters, True
