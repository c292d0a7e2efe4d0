"""Integrals of many functions over one interval, by Gauss-Legendre rules on panels that are halved where needed."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

_NODES = 15
_PRECISION = 1e-12
"""Error of a panel, as a share of the integral of the function's size, up to which the panel is not halved again."""
_CLOSE = 1e-8
"""The same share for all panels together, where they do not come that far."""
_MOST_HALVINGS = 100
"""Halvings one after the other: an integrable root at an end needs some eighty."""
_MOST_PANELS = 4_000
"""Most panels that are looked at at once."""

Functions = Callable[[Tensor], Tensor]
"""Functions that return values (points, functions) for x (points,)."""


def integrals(functions: Functions, knots: Tensor) -> Tensor:
    """Return the integral of each function from the first to the last of ascending `knots`, (functions,), float64.

    Panels begin between the knots, and none is much wider than its neighbours: structure that is narrow is not missed
    where knots stand close. A panel is halved until all functions have the same integral over it as over its halves.
    NaN where a function has no value, and where halving does not lead to an end, as at a pole (P. J. Davis and
    P. Rabinowitz, "Methods of Numerical Integration", 1984, section 6.2).
    """
    nodes, weights = (torch.from_numpy(numbers) for numbers in np.polynomial.legendre.leggauss(_NODES))
    ends = _graded(knots)
    left, right = ends[:-1], ends[1:]

    def rule(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        """Return the integrals of the functions and of their size over panels, (panels, functions)."""
        half = (right - left)[:, None] / 2
        x = left[:, None] + half * (1 + nodes)
        values = functions(x.flatten()).reshape(*x.shape, -1)
        share = (half * weights)[:, :, None]
        return (values * share).sum(1), (values.abs() * share).sum(1)

    whole, size = rule(left, right)
    total: Tensor = torch.zeros_like(whole[0])
    sizes = size.sum(0)
    for _ in range(_MOST_HALVINGS):
        middle = left + (right - left) / 2
        halves, _ = rule(torch.cat([left, middle]), torch.cat([middle, right]))
        first, second = halves.split(len(left))
        both = first + second
        error = (both - whole).abs()
        goes_on = (error > _PRECISION * sizes).any(1)
        total = total + both[~goes_on].sum(0)
        if not bool(goes_on.any()):
            return total
        left, middle, right = left[goes_on], middle[goes_on], right[goes_on]
        if len(left) > _MOST_PANELS:
            break
        whole = torch.cat([first[goes_on], second[goes_on]])
        left, right = torch.cat([left, middle]), torch.cat([middle, right])
    # Rounding inside the functions may keep panels from settling.
    is_close = error[goes_on].sum(0) <= _CLOSE * sizes
    return torch.where(is_close, total + both[goes_on].sum(0), torch.nan)


def _graded(knots: Tensor) -> Tensor:
    """Return ascending knots between which others stand, so that no gap is much wider than the one beside it."""
    places = knots.tolist()
    added = []
    for before, at, after in zip(places, places[1:], places[2:], strict=False):
        narrow, wide = sorted((at - before, after - at))
        direction = 1 if after - at == wide else -1
        while 0 < 2 * narrow < wide:
            narrow *= 2
            added.append(at + direction * narrow)
    graded: Tensor = torch.cat([knots, knots.new_tensor(added)]).unique()
    return graded
