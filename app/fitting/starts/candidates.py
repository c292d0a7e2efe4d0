"""Candidates for the parameters of any model: by their roles in its formula, and by the scales of its data alone."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from app.fitting.starts.magnitudes import NUMBER, RESPONSE, Key, Magnitude, exponents_in
from app.fitting.starts.roles import Place, Roles

_BY_ROLE = 0.7
"""Share of candidates of a parameter that its role decides; those of the others follow from the data alone."""
_DECADES = 3.0
"""Decades up and down from a scale of the data in which a parameter without a role is looked for."""
_ABOUT = 0.5
"""Decades up and down from the size that a role gives."""
_NO_SIZE = 1.3
"""Decades up and down from 1 of a parameter that has no unit."""
_POSITIVE = 0.75
"""Share of positive sizes: most models have more positive parameters than negative ones."""
_PLACES = 0.3
"""Share of candidates without a role that are a place among the data, such as the position of a peak."""
_AT_ITS_PLACE = 0.6
"""Share of the candidates of a place that lie among the data; the others have the size of one."""
_BEYOND = 0.25
"""Share of the places that may lie beyond the data, by as much as half their range."""
_CLOSE, _UNEVEN = 0.25, 0.7
"""Share of the neighbours that count as close, and share of the mean distance below which points are uneven."""
_MOST_EXPONENT = 4.0
_LARGEST_LOGARITHM = 600.0
"""Logarithm beyond which a size is no float64."""


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


@dataclass(frozen=True)
class _Range:
    """The scales of a variable, as numbers."""

    low: float
    span: float
    spacing: float
    """Mean distance of neighbouring values."""
    largest: float
    steps: Tensor
    """Distances of neighbouring values that differ."""

    @cached_property
    def closest(self) -> float:
        """Return the distance of close neighbours as a share of the mean: between these, fast oscillations show."""
        return (self.steps.quantile(_CLOSE) / self.steps.mean()).item() if len(self.steps) else 1.0

    @classmethod
    def of(cls, variable: Tensor) -> "_Range":
        x = variable.double().cpu()
        low, span, largest = x.min().item(), (x.max() - x.min()).item(), x.abs().max().item()
        steps = x.unique().diff()
        span = span if span > 0 else largest or 1.0
        return cls(low, span, span / max(len(steps), 1), largest, steps)


class Drawing:
    """Draws candidates for the parameters of a problem; all follow from it and the generator's seed."""

    def __init__(self, problem: Problem, names: Iterable[str], roles: Roles, generator: torch.Generator) -> None:
        """Draw candidates of the free parameters `names`; all others stay at their start."""
        parameters, data = problem.parameters, problem.data
        self._names, self._generator = [*names], generator
        self._free, self._start = parameters.free, problem.start
        self._fixed = {name: float(number) for name, number in parameters.fixed.items()}
        self._lower, self._upper = (dict(zip(parameters.free, side.tolist(), strict=True)) for side in problem.bounds)
        self._scales = Scales.of(data)
        self._ranges = {name: _Range.of(variable) for name, variable in data.variables.items()}
        y = data.y.double().cpu()
        spread, largest = (y.max() - y.min()).item(), y.abs().max().item()
        self._response = [math.log(size) for size in (spread, largest) if 0 < size < math.inf] or [0.0]
        self._roles = roles

    def candidates(self, count: int) -> Tensor:
        """Return candidates (free, count), within their bounds."""
        values = {
            name: number.repeat(count) for name, number in zip(self._free, self._start.double().cpu(), strict=True)
        }
        values |= {name: torch.full((count,), number, dtype=torch.float64) for name, number in self._fixed.items()}
        for name in self._in_order():
            by_role = self._by_role(name, values, count)
            drawn = torch.where(self._uniform(count) < _BY_ROLE, by_role, self._by_data(count))
            values[name] = self._within(drawn, self._lower[name], self._upper[name])
        return torch.stack([values[name] for name in self._free]).to(self._start)

    def _in_order(self) -> Sequence[str]:
        """Return the names, exponents first and places last: they follow from the values of others."""
        places = [place.name for place in self._roles.places]
        return sorted(self._names, key=lambda name: (name in places, name not in self._roles.exponents))

    def _by_role(self, name: str, values: dict[str, Tensor], count: int) -> Tensor:
        if name in self._roles.phases:
            return math.pi * (2 * self._uniform(count) - 1)
        if name in self._roles.exponents:
            return self._signed(10 ** (2 * self._uniform(count) - 1).mul(math.log10(_MOST_EXPONENT)))
        drawn = self._sized(name, values, count)
        place = next((place for place in self._roles.places if place.name == name), None)
        if place is None:
            return drawn
        return torch.where(self._uniform(count) < _AT_ITS_PLACE, self._at_place(place, values, count), drawn)

    def _sized(self, name: str, values: dict[str, Tensor], count: int) -> Tensor:
        """Return numbers (count,) of the size that the formula tells."""
        size = self._roles.sizes.of(name)
        if size is None or any(exponent not in values for exponent in exponents_in(size)):
            return self._by_data(count)
        logarithm = torch.zeros(count, dtype=torch.float64)
        for key, power in size.powers.items():
            logarithm = logarithm + power * self._logarithm(key, name in self._roles.rates, values, count)
        # Frequencies are drawn from all that the points can tell: none beyond these.
        decades = 0.0 if name in self._roles.rates else _ABOUT if _has_unit(size) else _NO_SIZE
        logarithm = logarithm + decades * math.log(10) * (2 * self._uniform(count) - 1)
        return self._signed(logarithm.clamp(-_LARGEST_LOGARITHM, _LARGEST_LOGARITHM).exp())

    def _logarithm(self, key: Key, oscillates: bool, values: dict[str, Tensor], count: int) -> Tensor:
        """Return logarithms (count,) of what a size is made of."""
        if key == NUMBER:
            return torch.ones(count, dtype=torch.float64)
        if key == RESPONSE:
            return self._one_of(torch.tensor(self._response, dtype=torch.float64), count)
        scale = self._of_variable(self._ranges[key[-1]], oscillates, count)
        return scale * values[key[1]] if key[0] == "power" else scale

    def _of_variable(self, extent: _Range, oscillates: bool, count: int) -> Tensor:
        """Return logarithms (count,) of lengths on the axis of a variable, from half its spacing on."""
        if oscillates:
            # Angular frequencies up to half the sampling rate, all alike: each line is as wide as the others.
            slowest, fastest = 0.5 / extent.span, math.pi / extent.spacing
            rates = slowest + (fastest - slowest) * self._uniform(count)
            if extent.closest < _UNEVEN:
                rates = torch.where(self._uniform(count) < 0.5, rates, rates / extent.closest)
            return -rates.log()
        # What changes by its own size over the range may be that many times larger than the range.
        longest = 5 * max(extent.span, extent.largest * extent.largest / extent.span)
        shortest = extent.spacing / 2
        even = math.log(shortest) + math.log(5 * extent.span / shortest) * self._uniform(count)
        far = math.log(shortest) + math.log(longest / shortest) * self._uniform(count)
        return torch.where(self._uniform(count) < 0.5, even, far)

    def _at_place(self, place: Place, values: dict[str, Tensor], count: int) -> Tensor:
        """Return numbers (count,) at which the sum is 0 somewhere among the data, or a little beyond."""
        share = self._uniform(count)
        share = torch.where(self._uniform(count) < _BEYOND, 2 * share - 0.5, share)
        somewhere = {name: extent.low + extent.span * share for name, extent in self._ranges.items()}
        known = {name: value for name, value in values.items() if name in place.rest.parameters}
        return place.rest(somewhere | known).expand(count) * -place.sign

    def _by_data(self, count: int) -> Tensor:
        """Return numbers (count,): random sizes about random scales, of either sign, or places among the data."""
        size = self._one_of(self._scales.sizes, count) * 10 ** (_DECADES * (2 * self._uniform(count) - 1))
        place = self._one_of(self._scales.places, count)
        return torch.where(self._uniform(count) < _PLACES, place, self._signed(size))

    def _signed(self, sizes: Tensor) -> Tensor:
        return torch.where(self._uniform(len(sizes)) < _POSITIVE, sizes, -sizes)

    def _one_of(self, numbers: Tensor, count: int) -> Tensor:
        return numbers[(self._uniform(count) * len(numbers)).long()]

    def _within(self, values: Tensor, lower: float, upper: float) -> Tensor:
        """Return the values, drawn anew, evenly, outside two bounds, and mirrored at a bound that is alone."""
        if math.isfinite(lower) and math.isfinite(upper):
            even = lower + (upper - lower) * self._uniform(len(values))
            return torch.where((values < lower) | (values > upper), even, values)
        if math.isfinite(lower):
            return torch.where(values < lower, 2 * lower - values, values)
        return torch.where(values > upper, 2 * upper - values, values) if math.isfinite(upper) else values

    def _uniform(self, count: int) -> Tensor:
        return torch.rand(count, generator=self._generator, dtype=torch.float64)


def _has_unit(size: Magnitude) -> bool:
    return any(key != NUMBER for key in size.powers)
