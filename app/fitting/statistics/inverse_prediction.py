"""Inverse prediction: the x at which a fitted model has a given response, with its limits."""

import math
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from app.fitting.numerics.crossings import Sampled
from app.fitting.numerics.roots import bisected
from app.fitting.statistics.fieller import fieller_limits
from app.fitting.statistics.search_range import SearchRange
from app.fitting.statistics.section import Section
from app.fitting.statistics.unknowns import Unknowns


class Interval(StrEnum):
    """A kind of interval for x."""

    FIELLER = "fieller"
    INVERSION = "inversion"
    DELTA = "delta"


@dataclass(frozen=True)
class Solution:
    """One x at which the model has the response; None where a number does not exist."""

    x: float
    stderr: float | None = None
    lower: float | None = None
    """Lower limit; None: there is none, or no interval."""
    upper: float | None = None
    excluded: tuple[float, float] | None = None
    """The x that the interval does not contain, where it has no limits but contains all others."""


@dataclass(frozen=True)
class Inverted:
    """The solutions of all responses."""

    solutions: list[list[Solution]]
    """Solutions of each response in ascending order."""
    reach: tuple[float, float] | None
    """Least and greatest value of the model in the range; None where it has none."""
    reach_beyond: tuple[float, float] | None
    """The same for all x that were tried, which go far beyond the range where that is the data's own."""


def invert(section: Section, search: SearchRange, unknowns: Unknowns, interval: Interval) -> Inverted:
    """Return every x in the range at which the model has each response, with standard error and limits.

    Where there is none in the range, and the range is the data's own, the nearest x beyond are taken, one on each side,
    unless a pole or a gap lies between.
    Without an uncertainty of the coefficients there are neither standard errors nor limits.

    The standard error is that of the delta method, the root of s (c + v) / f'^2 with v the variance of the model at x,
    c that of the response and s the inflation. The interval `delta` is x plus and minus so many of them. `inversion` is
    the x around the solution with (y - f)^2 < quantile^2 s (c + v): those whose prediction band contains y (Seber and
    Wild, "Nonlinear Regression", 1989, section 5.9; B. M. Greenwell and C. M. Schubert Kabban, "investr: An R Package
    for Inverse Estimation", 2014). `fieller` is the same in closed form, for a straight line, where it is exact. Raises
    ValueError where it is wanted and the model is no straight line.
    """
    sampled = Sampled.on(section.values, search.grid)
    branch = sampled if search.is_given else sampled.branch_around(search.low, search.high)
    which, x = _wanted(search, *branch.crossings(unknowns.y), len(unknowns.y))
    solutions = _with_limits(section, search, branch, unknowns.of(which), x, interval)
    of_each: list[list[Solution]] = [[] for _ in unknowns.y]
    for index, solution in zip(which.tolist(), solutions, strict=True):
        of_each[index].append(solution)
    within = branch.values[search.within(branch.x)]
    return Inverted(of_each, _reach(within), _reach(within if search.is_given else branch.values))


def _reach(values: Tensor) -> tuple[float, float] | None:
    """Return the least and the greatest of the finite values (points,); None where there is none."""
    finite = values[values.isfinite()]
    return (finite.amin().item(), finite.amax().item()) if len(finite) else None


def _wanted(search: SearchRange, which: Tensor, x: Tensor, unknowns: int) -> tuple[Tensor, Tensor]:
    """Return the solutions within the range, or the nearest beyond of a response that has none within."""
    within = search.within(x)
    if search.is_given:
        return which[within], x[within]
    has_one = torch.zeros(unknowns, dtype=torch.bool)
    has_one[which[within]] = True
    below, above = ~within & (x < search.low), ~within & (x > search.high)
    # They stand in ascending order: the last below is the nearest there, and the first above.
    last, first = torch.ones_like(within), torch.ones_like(within)
    last[:-1] = (which[1:] != which[:-1]) | ~below[1:]
    first[1:] = (which[1:] != which[:-1]) | ~above[:-1]
    kept = within | (~has_one[which] & ((below & last) | (above & first)))
    return which[kept], x[kept]


def _with_limits(
    section: Section, search: SearchRange, branch: Sampled, solved: Unknowns, x: Tensor, interval: Interval
) -> list[Solution]:
    """Return the solutions `x` (solutions,) with standard errors and limits; `solved` are the response of each."""
    if section.known is None or not len(x):
        return [Solution(place) for place in x.tolist()]
    variance = section.response_variances(solved.y) * solved.share + section.variances(x)
    stderr = (solved.inflation * variance).sqrt() / section.slopes(x).abs()
    errors = list(map(_finite, stderr.tolist()))
    if interval is Interval.FIELLER:
        own = (search.data_low, search.data_high)
        limits = fieller_limits(section, *own, solved.y, solved.share, solved.squared)
        return [Solution(place, error, *both) for place, error, both in zip(x.tolist(), errors, limits, strict=True)]
    if interval is Interval.DELTA:
        ends = torch.stack([x - solved.quantile * stderr, x + solved.quantile * stderr])
    else:
        ends = _inversion(section, branch, solved, x)
    lower, upper = (map(_finite, side) for side in ends.tolist())
    return [Solution(*numbers) for numbers in zip(x.tolist(), errors, lower, upper, strict=True)]


def _inversion(section: Section, branch: Sampled, solved: Unknowns, x: Tensor) -> Tensor:
    """Return the lower and upper limits, (2, solutions), of the x whose prediction band contains y; NaN for none."""
    noise, variances = section.response_variances(branch.values), section.variances(branch.x)
    brackets = []
    for y, share, squared, place in zip(*map(Tensor.tolist, (solved.y, solved.share, solved.squared, x)), strict=True):
        inside = (y - branch.values).square() < squared * (noise * share + variances)
        brackets.append(_around(branch.x, inside, place))
    # (ends, solutions) each, the lower limits first: outside and inside of the band.
    outside, inside = torch.tensor(brackets, dtype=torch.float64).permute(2, 1, 0)
    is_known = outside.isfinite()
    twice = solved.twice()

    def excess(x: Tensor) -> Tensor:
        model = section.values(x)
        band = section.response_variances(model) * twice.share + section.variances(x)
        return (twice.y - model).square() - twice.squared * band

    outside, inside = torch.where(is_known, outside, inside).flatten(), inside.flatten()
    outside, inside = bisected(excess, outside, inside)
    # Where the model has no value just outside, nothing tells that y does not belong there.
    is_told = is_known.flatten() & ~excess(outside).isnan()
    return torch.where(is_told, inside, torch.nan).reshape(2, -1)


def _around(grid: Tensor, inside: Tensor, x: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return, for the lower and the upper end of the `inside` x (points,) around `x`, an x outside and one inside.

    The x outside is NaN where the grid ends before.
    """
    right = int(torch.searchsorted(grid, x, right=True))
    left = int(torch.searchsorted(grid, x))
    before, after = (~inside[:left]).nonzero()[:, 0], (~inside[right:]).nonzero()[:, 0]
    lower = upper = (math.nan, x)
    if len(before):
        place = int(before[-1])
        lower = (grid[place].item(), grid[place + 1].item() if place + 1 < left else x)
    if len(after):
        place = right + int(after[0])
        upper = (grid[place].item(), grid[place - 1].item() if place > right else x)
    return lower, upper


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
