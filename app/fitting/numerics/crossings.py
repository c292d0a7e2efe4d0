"""Where a function of one variable has given values, as far as a grid can tell."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from app.fitting.numerics.roots import Function, bisected, with_extrema

_CONTINUOUS = 1e-6
"""Share of the distances around a change of sign that is left where there is a root, and neither jump nor pole."""
_TOUCHING = 1e-9
"""Share of the distances on both sides of an extremum that rounding may leave there where a value is touched."""
_TOWERING = 1e8
"""Factor by which a function is larger than on both sides at a pole where it does not change its sign."""
_AT_ONCE = 2**20
"""Most numbers of values times grid that are compared at once."""


@dataclass(frozen=True)
class Sampled:
    """A function of one variable on a grid."""

    function: Function
    x: Tensor
    """Ascending x, (points,), float64."""
    values: Tensor
    """The function there, (points,)."""

    @classmethod
    def on(cls, function: Function, grid: Tensor) -> "Sampled":
        """Return a function on a grid (points,) to which its extrema are added."""
        grid = with_extrema(function, grid)
        return cls(function, grid, function(grid))

    def crossings(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return the number of each value in `y` (values,) and the x at which it is taken, by value and then by x.

        No x is where the function only jumps over a value; where it stays at one, there are the first and the last.
        """
        size = max(1, _AT_ONCE // len(self.x))
        pieces = [self._crossings(some, first * size) for first, some in enumerate(y.split(size))]
        which, x = (torch.cat(parts) for parts in zip(*pieces, strict=True))
        order = x.argsort(stable=True)
        order = order[which[order].argsort(stable=True)]
        return which[order], x[order]

    def _crossings(self, y: Tensor, first: int) -> tuple[Tensor, Tensor]:
        away = self.values - y[:, None]
        side = away.sign()
        which, place = (side[:, :-1] * side[:, 1:] < 0).nonzero().unbind(1)
        x, smooth = self._root(place, y[which])
        exact, exact_place = (_ends_of_runs(away == 0) | _touched(away)).nonzero().unbind(1)
        return first + torch.cat([which[smooth], exact]), torch.cat([x[smooth], self.x[exact_place]])

    def _root(self, place: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return x between the points `place` (roots,) and those after them, and whether the function is `y` there."""

        def away(x: Tensor) -> Tensor:
            return self.function(x) - y

        left, right = bisected(away, self.x[place], self.x[place + 1])
        left_over, right_over = away(left).abs(), away(right).abs()
        around = torch.maximum((self.values[place] - y).abs(), (self.values[place + 1] - y).abs())
        is_smooth = left_over.minimum(right_over) <= _CONTINUOUS * around
        return torch.where(left_over <= right_over, left, right), is_smooth

    def branch_around(self, low: float, high: float) -> "Sampled":
        """Return the function on the part of the grid around `low` to `high` that no pole and no gap cuts off."""
        place = (self.values[:-1] * self.values[1:] < 0).nonzero()[:, 0]
        x, is_smooth = self._root(place, torch.zeros_like(self.x[place]))
        ends = torch.cat([self.x[~self.values.isfinite()], self.x[_towering(self.values)], x[~is_smooth]])
        kept = torch.ones_like(self.x, dtype=torch.bool)
        below, above = ends[ends < low], ends[ends > high]
        if len(below):
            kept &= self.x > below.amax()
        if len(above):
            kept &= self.x < above.amin()
        return replace(self, x=self.x[kept], values=self.values[kept])


def _ends_of_runs(are_on: Tensor) -> Tensor:
    """Tell which of the points (values, points) that are on a value are the first or the last side by side."""
    before, after = torch.zeros_like(are_on), torch.zeros_like(are_on)
    before[:, 1:], after[:, :-1] = are_on[:, :-1], are_on[:, 1:]
    return are_on & ~(before & after)


def _touched(away: Tensor) -> Tensor:
    """Tell at which points a function that is `away` (values, points) from a value comes to it and turns back."""
    is_touched = torch.zeros_like(away, dtype=torch.bool)
    before, at, after = away[:, :-2], away[:, 1:-1], away[:, 2:]
    one_side = (before * at > 0) & (at * after > 0)
    is_touched[:, 1:-1] = one_side & (at.abs() <= _TOUCHING * before.abs().minimum(after.abs()))
    return is_touched


def _towering(values: Tensor) -> Tensor:
    """Tell at which points the values (points,) are by far larger than on both sides."""
    towers = torch.zeros_like(values, dtype=torch.bool)
    before, at, after = values[:-2].abs(), values[1:-1].abs(), values[2:].abs()
    towers[1:-1] = at > _TOWERING * before.maximum(after)
    return towers
