"""Numbers that a parameter of an unknown model may be, judged by the scales of its data alone."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem

_DECADES = 3.0
"""How far from a scale of the data, up and down, a parameter is looked for."""
_POSITIVE = 0.7
"""Share of positive sizes: most models have more positive parameters than negative ones."""
_PLACES = 0.3
"""Share of candidates that are a place among the data, such as the position of a peak."""


@dataclass(frozen=True)
class Scales:
    """Of the data, and of their reciprocals; float64 on the CPU, where random numbers are the same everywhere."""

    sizes: Tensor
    """Sizes that a parameter may have."""
    places: Tensor
    """Numbers that a parameter may be."""

    @classmethod
    def of(cls, data: Data) -> "Scales":
        """Of data with any number of variables."""
        sizes, places = [1.0], [0.0, 1.0]
        for variable in data.variables.values():
            x = variable.double().cpu().sort().values
            steps = x.diff()
            found = [(x[-1] - x[0]).item(), x.abs().max().item(), *steps[steps > 0].mean()[None].tolist()]
            sizes += [size for scale in found if scale > 0 for size in (scale, 1 / scale)]
            places += x[torch.linspace(0, len(x) - 1, 20, dtype=torch.float64).long()].tolist()
        y = data.y.double().cpu()
        sizes += [(y.max() - y.min()).item(), y.abs().max().item()]
        sizes = [size for size in sizes if 0 < size < math.inf]
        return cls(torch.tensor(sizes, dtype=torch.float64), torch.tensor(places, dtype=torch.float64))


def draw(
    problem: Problem, names: Iterable[str], scales: Scales, count: int, generator: torch.Generator
) -> dict[str, Tensor]:
    """Candidates (count,) of each of the free parameters `names`, within their bounds."""
    lower, upper = (dict(zip(problem.parameters.free, side.tolist(), strict=True)) for side in problem.bounds)
    return {
        name: _within(_drawn(scales, count, generator), lower[name], upper[name], generator).to(problem.start)
        for name in names
    }


def _drawn(scales: Scales, count: int, generator: torch.Generator) -> Tensor:
    """A random size about a random scale, of either sign, or a place."""
    size = scales.sizes[(_uniform(count, generator) * len(scales.sizes)).long()]
    sign = torch.where(_uniform(count, generator) < _POSITIVE, 1.0, -1.0)
    size = sign * size * 10 ** (_DECADES * (2 * _uniform(count, generator) - 1))
    place = scales.places[(_uniform(count, generator) * len(scales.places)).long()]
    return torch.where(_uniform(count, generator) < _PLACES, place, size)


def _within(values: Tensor, lower: float, upper: float, generator: torch.Generator) -> Tensor:
    """Drawn anew, evenly, where outside of two bounds; mirrored at the bound where there is one."""
    if math.isfinite(lower) and math.isfinite(upper):
        even = lower + (upper - lower) * _uniform(len(values), generator)
        return torch.where((values < lower) | (values > upper), even, values)
    if math.isfinite(lower):
        return torch.where(values < lower, 2 * lower - values, values)
    return torch.where(values > upper, 2 * upper - values, values) if math.isfinite(upper) else values


def _uniform(count: int, generator: torch.Generator) -> Tensor:
    return torch.rand(count, generator=generator, dtype=torch.float64)
