"""Roots and extrema of functions of one variable, many side by side; only a grid says where there may be some."""

from collections.abc import Callable

import torch
from torch import Tensor

_MOST_HALVINGS = 120
_MOST_SECTIONS = 60
_GOLDEN = (5**0.5 - 1) / 2

Function = Callable[[Tensor], Tensor]
"""A function that returns a value for each x, (points,)."""


def bisected(function: Function, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Return the two neighbouring numbers between which a function changes its sign, between `left` and `right`.

    All are (points,), float64; the function's value number k is that for the bracket number k. It is below 0 at one end
    of each bracket, and not at the other; where it is NaN it counts as not below 0.
    """
    is_below = function(left) < 0
    for _ in range(_MOST_HALVINGS):
        middle = left + (right - left) / 2
        if bool(((middle == left) | (middle == right)).all()):
            break
        goes_on = (function(middle) < 0) == is_below
        left, right = torch.where(goes_on, middle, left), torch.where(goes_on, right, middle)
    return left, right


def with_extrema(function: Function, grid: Tensor) -> Tensor:
    """Return an ascending grid (points,) with an extremum more between any three points that tell of one.

    Between two points of the outcome the function rises or falls only, as far as the grid can tell: a root that is
    touched and not crossed, or two close together, are not missed. By golden section (Press et al., "Numerical
    Recipes", 10.2), so an extremum is right to about the root of the rounding.
    """
    values = function(grid)
    before, at, after = values[:-2], values[1:-1], values[2:]
    highest, lowest = (at > before) & (at >= after), (at < before) & (at <= after)
    places = (highest | lowest).nonzero()[:, 0]
    if not len(places):
        return grid
    sign = torch.where(highest[places], -1.0, 1.0)
    left, right = grid[places], grid[places + 2]
    for _ in range(_MOST_SECTIONS):
        width = _GOLDEN * (right - left)
        low, high = right - width, left + width
        is_left = sign * function(low) < sign * function(high)
        left, right = torch.where(is_left, left, low), torch.where(is_left, high, right)
    refined: Tensor = torch.cat([grid, (left + right) / 2]).unique()
    return refined
