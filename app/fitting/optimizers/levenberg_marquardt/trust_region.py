"""The trust region of Levenberg-Marquardt: the linearised problem at one point, and how far it is trusted.

The method is that of J. J. More, "The Levenberg-Marquardt Algorithm: Implementation and Theory", 1978, here by a
singular value decomposition.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.problems.objective import Linearised

_LEAST_SHARE = 0.01
"""Least change of the model, as a share of the residual, that a parameter's change by its own size is taken to make."""


class Trial(NamedTuple):
    """The effect of an update on the loss, and what the linearised problem promised of it."""

    reduction: float
    """Decrease of the loss."""
    predicted: float
    """Decrease that the linearised problem promised."""


class TrustRegion:
    """The updates s of the parameters that move with ||D s|| <= radius; a scaled update is given as D s.

    D holds the largest norm so far of each column of the Jacobian, if that says how far the linearisation holds. Where
    the model is flat in a parameter, as exp(-b x) is at a large b, its column does not say that; there the size of the
    parameter counts.
    """

    def __init__(
        self, here: Linearised, moving: Tensor, longest: Tensor, largest: Tensor, radius: float, damping: float
    ) -> None:
        """Make a region around the parameters at which `here` is the linearised problem.

        `moving` (parameters,) says which parameters move. A `radius` of 0 stands for one that is not yet known.
        `longest` (parameters,) are the largest norms so far of the Jacobian's columns, `largest` (parameters,) the
        largest magnitudes so far of the parameters.
        """
        self.loss = here.loss.item()
        self.moving = moving
        size = here.residual.norm()
        self.scale = _scale(longest, largest, size)
        """Diagonal of D, (parameters,)."""
        self.radius = radius or (self.scale * largest).norm().item() or size.item() or 1.0
        self.damping = damping
        jacobian = (here.jacobian / self.scale)[:, moving]
        left, singular, right = torch.linalg.svd(jacobian, full_matrices=False)
        # What only rounding, or a square that no number can hold, tells from 0 leads nowhere.
        numbers, limits = singular.tolist(), torch.finfo(jacobian.dtype)
        least = max(limits.eps * max(jacobian.shape) * numbers[0], limits.tiny**0.5)
        rank = sum(number > least for number in numbers)
        self._singular: Tensor = singular[:rank]
        self._right: Tensor = right[:rank]
        self._projected: Tensor = (left.T @ here.residual)[:rank]

    def update(self) -> Tensor:
        """Return the shortest scaled update, (parameters,), that leads to the minimum within the region."""
        update = torch.zeros_like(self.scale)
        update[self.moving] = self._moved()
        return update

    def _moved(self) -> Tensor:
        """Return the same for the parameters that move, (moving,)."""
        newton = -self._right.T @ (self._projected / self._singular)
        if newton.norm() <= self.radius:
            self.damping = 0.0
            return newton
        self.damping = self._damping_for_radius()
        damped = self._singular * self._projected / (self._singular**2 + self.damping)
        moved: Tensor = -self._right.T @ damped
        shortened: Tensor = moved * (self.radius / moved.norm()).clamp(max=1.0)
        return shortened

    def promised(self, update: Tensor) -> float:
        """Return by how much a scaled update (parameters,) makes the linearised problem's loss smaller."""
        change = self._singular * (self._right @ update[self.moving])
        return -(change @ (2 * self._projected + change)).item()

    def judge(self, update: Tensor, loss: float, length: float) -> Trial:
        """Compare the loss after a scaled update (parameters,) with what was promised, and resize the region.

        `length` is that of the update before a bound shortened it.
        """
        if not math.isfinite(loss):
            self._resize(0.25 * length)
            return Trial(-math.inf, math.inf)
        predicted = self.promised(update)
        reduction = self.loss - loss
        # What a bound left of an update may even promise a larger loss.
        if reduction <= 0 or reduction < 0.25 * predicted:
            self._resize(0.25 * length)
        elif reduction > 0.75 * predicted and length > 0.95 * self.radius:
            self._resize(2 * self.radius)
        return Trial(reduction, predicted)

    def _resize(self, radius: float) -> None:
        radius = max(radius, torch.finfo(torch.float64).tiny)
        self.damping *= self.radius / radius
        self.radius = radius

    def _damping_for_radius(self) -> float:
        """Return the damping whose update is as long as the radius, to 1 %.

        Newton's method finds it as the root of the secular equation (More 1978, section 5, with the safeguards there).
        """
        upper = (self._singular * self._projected).norm().item() / self.radius
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
        """Return by how much the update with this damping is longer than the radius, and the derivative of that."""
        divisor = self._singular**2 + damping
        update = self._singular * self._projected / divisor
        length = update.norm().item()
        if length == 0:
            return -self.radius, -math.inf
        # The square of a direction, not of numbers that may be too small or too large to be squared.
        return length - self.radius, -length * ((update / length) ** 2 / divisor).sum().item()


def _scale(longest: Tensor, largest: Tensor, size: Tensor) -> Tensor:
    """Return the diagonal of D, (parameters,); a parameter that was 0 so far has no size."""
    least = (_LEAST_SHARE * size / largest).nan_to_num(0.0, posinf=0.0)
    scale = torch.maximum(longest, least)
    return torch.where(scale > 0, scale, 1.0)
