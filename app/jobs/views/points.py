"""Points and grids for pictures: as many as can be seen, with the extremes among them."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.fitting.problems.data import Data

_WIDE = 30.0
"""Ratio of the ends of a grid from which on it is fine near the lower end too, for a logarithmic axis."""


@dataclass(frozen=True)
class Points:
    """Points of one curve, all in ascending order of x; float64."""

    x: Tensor
    """Where they are, (points,)."""
    y: Tensor
    """Responses, (points,)."""
    factor: Tensor | None
    """Factor of each residual, (points,): 1 / sigma, or the root of the weight."""
    fitted: Tensor | None
    """The fitted model there, (points,)."""

    @classmethod
    def of(cls, data: Data, x: Tensor, fitted: Tensor | None) -> "Points":
        """Return the points of a curve; `x` and `fitted` are (points,)."""
        order = x.argsort(stable=True)
        factor = None if data.factor is None else data.factor.double()[order]
        return cls(x[order], data.y.double()[order], factor, None if fitted is None else fitted[order])

    def between(self, lower: float | None, upper: float | None) -> "Points":
        """Return the points with `lower` <= x <= `upper`."""
        first = 0 if lower is None else int(torch.searchsorted(self.x, lower))
        last = len(self.x) if upper is None else int(torch.searchsorted(self.x, upper, right=True))
        return self._taken(torch.arange(first, max(first, last)))

    def thinned(self, most: int) -> "Points":
        """Return at most `most` points: three quarters are every so-manieth, and of each of equally many neighbours
        the two that lie furthest apart are among them.

        How far apart is told by the residuals where there is a fitted model, so that outliers stay.
        """
        points, stretches = len(self.x), max(1, most // 8)
        if points <= most:
            return self
        even = torch.arange(most - 2 * stretches) * points // (most - 2 * stretches)
        height = self.y if self.fitted is None else self.y - self.fitted
        places = (torch.arange(points) * stretches) // points
        order = torch.argsort(height, stable=True)
        order = order[torch.argsort(places[order], stable=True)]
        ends = torch.searchsorted(places, torch.arange(stretches), right=True)
        begins = torch.cat([ends.new_zeros(1), ends[:-1]])
        return self._taken(torch.cat([even, order[begins], order[ends - 1]]).unique())

    def _taken(self, places: Tensor) -> "Points":
        factor = None if self.factor is None else self.factor[places]
        return Points(self.x[places], self.y[places], factor, None if self.fitted is None else self.fitted[places])

    def sigma_at(self, at: Tensor) -> Tensor | None:
        """Return the standard deviation of a further response at `at` (grid,): between points it follows a straight
        line from that of one to that of the next. None where all points weigh the same, 1.
        """
        counts = None if self.factor is None else self.factor > 0
        if self.factor is None or counts is None or not bool(counts.any()):
            return None
        return torch.from_numpy(np.interp(at.numpy(), self.x[counts].numpy(), (1 / self.factor[counts]).numpy()))

    def to_json(self, has_sigma: bool) -> dict[str, Any]:
        """Return the points as `app.schemas.view.PointsInView` has them; `has_sigma`: the factor is 1 / sigma."""
        residuals = None if self.fitted is None else listed(self.y - self.fitted)
        counts = None if self.factor is None or has_sigma else (self.factor > 0).tolist()
        sigma = listed(1 / self.factor) if self.factor is not None and has_sigma else None
        return {"x": listed(self.x), "y": listed(self.y), "sigma": sigma, "counts": counts, "residuals": residuals}


def grid(lower: float, upper: float, points: int) -> Tensor:
    """Return x from `lower` to `upper` at which a curve is drawn, about so many, (grid,), ascending, float64."""
    if not lower < upper:
        return torch.tensor([lower], dtype=torch.float64)
    is_wide = lower > 0 and upper / lower >= _WIDE
    # The distance of two numbers may be more than a number can be; that of their halves is not.
    unit = 1.0 if math.isfinite(upper - lower) else 2.0
    even = unit * torch.linspace(lower / unit, upper / unit, points // 2 if is_wide else points, dtype=torch.float64)
    fine = even[:0]
    if is_wide:
        fine = torch.logspace(math.log10(lower), math.log10(upper), points // 2, dtype=torch.float64)
    # Rounding must not lead beyond the ends, nor to one x twice.
    at: Tensor = torch.cat([even, fine.clamp(lower, upper)]).unique()
    return at


def listed(values: Tensor) -> list[float | None]:
    """Return numbers as a list, None for one that is not finite."""
    finite = values.isfinite()
    if bool(finite.all()):
        return values.tolist()
    return [value if is_finite else None for value, is_finite in zip(values.tolist(), finite.tolist(), strict=True)]
