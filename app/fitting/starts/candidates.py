"""Candidates for the parameters of any model, drawn by the scales of its data alone."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem

_DECADES = 3.0
"""Decades up and down from a scale of the data in which a parameter is looked for."""
_POSITIVE = 0.7
"""Share of positive sizes: most models have more positive parameters than negative ones."""
_PLACES = 0.3
"""Share of candidates that are a place among the data, such as the position of a peak."""


@dataclass(frozen=True)
class Scales:
    """The scales of data and their reciprocals; float64 on the CPU, where random numbers are the same everywhere."""

    sizes: Tensor
    """Sizes that a parameter may have."""
    places: Tensor
    """Numbers that a parameter may be."""

    @classmethod
    def of(cls, data: Data) -> "Scales":
        """Return the scales of data with any number of variables."""
        sizes, places = [1.0], [0.0, 1.0]
        for variable in data.variables.values():
            x = variable.double().cpu().sort().values
            steps = x.diff()
            scales = [(x[-1] - x[0]).item(), x.abs().max().item(), *steps[steps > 0].mean()[None].tolist()]
            sizes += [size for scale in scales if scale > 0 for size in (scale, 1 / scale)]
            places += x[torch.linspace(0, len(x) - 1, 20, dtype=torch.float64).long()].tolist()
        y = data.y.double().cpu()
        sizes += [(y.max() - y.min()).item(), y.abs().max().item()]
        sizes = [size for size in sizes if 0 < size < math.inf]
        return cls(torch.tensor(sizes, dtype=torch.float64), torch.tensor(places, dtype=torch.float64))


def draw(
    problem: Problem, names: Iterable[str], scales: Scales, count: int, generator: torch.Generator
) -> dict[str, Tensor]:
    """Draw candidates (count,) for each of the free parameters `names`, within their bounds."""
    lower, upper = (dict(zip(problem.parameters.free, side.tolist(), strict=True)) for side in problem.bounds)
    return {
        name: _within(_drawn(scales, count, generator), lower[name], upper[name], generator).to(problem.start)
        for name in names
    }


def _drawn(scales: Scales, count: int, generator: torch.Generator) -> Tensor:
    """Draw numbers (count,): random sizes about random scales, of either sign, or places among the data."""
    size = scales.sizes[(_uniform(count, generator) * len(scales.sizes)).long()]
    sign = torch.where(_uniform(count, generator) < _POSITIVE, 1.0, -1.0)
    size = sign * size * 10 ** (_DECADES * (2 * _uniform(count, generator) - 1))
    place = scales.places[(_uniform(count, generator) * len(scales.places)).long()]
    return torch.where(_uniform(count, generator) < _PLACES, place, size)


def _within(values: Tensor, lower: float, upper: float, generator: torch.Generator) -> Tensor:
    """Return the values, drawn anew, evenly, where outside of two bounds, and mirrored at the bound if there is one."""
    if math.isfinite(lower) and math.isfinite(upper):
        even = lower + (upper - lower) * _uniform(len(values), generator)
        return torch.where((values < lower) | (values > upper), even, values)
    if math.isfinite(lower):
        return torch.where(values < lower, 2 * lower - values, values)
    return torch.where(values > upper, 2 * upper - values, values) if math.isfinite(upper) else values


def _uniform(count: int, generator: torch.Generator) -> Tensor:
    return torch.rand(count, generator=generator, dtype=torch.float64)
