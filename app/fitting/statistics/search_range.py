"""The range in which x is looked for, and the grid on which a model is looked at there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_MOST_KNOTS = 2_000
"""Most x of the data between which the grid has points of its own."""
_PARTS = 2_000
"""Parts in which the grid divides the range of the data, unless there are more x."""
_LEAST_PARTS = 8
"""Parts of each gap between two x."""
_BEYOND = 1_000.0
"""Widths of the range to which the grid reaches on each side."""
_POINTS_BEYOND = 200
_DECADES_TO_ZERO = 12
_POINTS_IN_RATIOS = 400
_TOLERANCE = 1e-9
"""Share of the width of the range by which rounding may place an x beyond it."""


@dataclass(frozen=True)
class SearchRange:
    """The range in which x is looked for, (low, high), and the data's own."""

    low: float
    high: float
    data_low: float
    data_high: float
    is_given: bool
    """Whether somebody wants no x beyond; else the nearest beyond is taken where there is none within."""
    grid: Tensor
    """Ascending x, (points,), that reach far beyond the range: limits of x may lie there."""

    @classmethod
    def of(cls, x: Tensor, wanted: Sequence[float] | None = None) -> "SearchRange":
        """Return the range of data at `x` (points,), or the one that is wanted, (low, high)."""
        x = x.double().unique()
        data_low, data_high = x[0].item(), x[-1].item()
        low, high = (data_low, data_high) if wanted is None else wanted
        first, last = min(low, data_low), max(high, data_high)
        width = (last - first) or max(abs(first), 1.0)
        steps = width * torch.logspace(-6, math.log10(_BEYOND), _POINTS_BEYOND, dtype=torch.float64)
        pieces = [_between(x), first - steps, last + steps, *_in_ratios(first, last)]
        if wanted is not None:
            pieces.append(_between(torch.tensor([low, high], dtype=torch.float64)))
        grid = torch.cat(pieces).unique()
        return cls(low, high, data_low, data_high, wanted is not None, grid[grid.isfinite()])

    def within(self, x: Tensor) -> Tensor:
        """Tell which x (points,) lie in the range."""
        slack = _TOLERANCE * (self.high - self.low)
        return (x >= self.low - slack) & (x <= self.high + slack)

    def extrapolates(self, x: float) -> bool:
        """Tell whether an x lies beyond the data."""
        slack = _TOLERANCE * (self.data_high - self.data_low)
        return not self.data_low - slack <= x <= self.data_high + slack


def _between(x: Tensor) -> Tensor:
    """Return a grid that divides each gap between ascending x, (points,), into even parts."""
    if len(x) > _MOST_KNOTS:
        x = x[torch.linspace(0, len(x) - 1, _MOST_KNOTS, dtype=torch.float64).round().long()]
    parts = max(_LEAST_PARTS, _PARTS // max(len(x) - 1, 1))
    shares = torch.arange(parts, dtype=torch.float64) / parts
    return torch.cat([(x[:-1, None] + (x[1:] - x[:-1])[:, None] * shares).flatten(), x[-1:]])


def _in_ratios(low: float, high: float) -> list[Tensor]:
    """Return 0 and x in even ratios from near it to the farthest, where all have one sign, as doses and times have."""
    if low < 0 < high or low == high == 0:
        return []
    sign = -1.0 if low < 0 else 1.0
    nearest, farthest = sorted((abs(low), abs(high)))
    first = math.log10(nearest or farthest) - _DECADES_TO_ZERO
    ratios = torch.logspace(first, math.log10(farthest), _POINTS_IN_RATIOS, dtype=torch.float64)
    return [sign * ratios, torch.zeros(1, dtype=torch.float64)]
