"""The data as a guess of start values sees them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

MOST_POINTS = 1000
"""Most points that a guess looks at, evenly chosen in the order of x."""
MOST_POINTS_AS_THEY_ARE = 10_000
"""Most points with which a rate is guessed closely."""
_GOLDEN = 0.618033988749895
"""Share by which each place within a stretch is farther than the one before: they are spread evenly."""


@dataclass(frozen=True)
class Sample:
    """Data of some curves as a guess sees them: each curve in the order of its x, without isolated outliers."""

    variables: dict[str, Tensor]
    """Predictor variables by name, (points, curves) each."""
    y: Tensor
    """Response, (points, curves)."""
    whole: "Sample | None" = None
    """All points, where these are fewer."""

    @classmethod
    def of(cls, variables: Mapping[str, Tensor], y: Tensor) -> "Sample":
        """Return the sample of at most MOST_POINTS points.

        Variables are (points,), (points, 1) or (points, curves), `y` is (points,) or (points, curves).
        """
        wide, y = _wide(variables, y)
        order = next(iter(wide.values())).argsort(dim=0, stable=True)
        if len(y) > MOST_POINTS:
            order = order[_evenly(len(y), MOST_POINTS)]
        wide = {name: variable.gather(0, order) for name, variable in wide.items()}
        y = y.gather(0, order)
        if len(wide) == 1 and len(y) >= 8:
            y = torch.cat([y[:1], y.unfold(0, 3, 1).median(dim=2).values, y[-1:]])
        return cls(wide, y)

    @classmethod
    def as_it_is(cls, variables: Mapping[str, Tensor], y: Tensor) -> "Sample":
        """Return the sample in its own order and with its outliers, of at most MOST_POINTS_AS_THEY_ARE points."""
        wide, y = _wide(variables, y)
        if len(y) <= MOST_POINTS_AS_THEY_ARE:
            return cls(wide, y)
        chosen = _evenly(len(y), MOST_POINTS_AS_THEY_ARE)
        return cls({name: variable[chosen] for name, variable in wide.items()}, y[chosen], cls(wide, y))

    def thinned(self, points: int) -> "Sample":
        """Return the sample with at most so many points: one from each of as many stretches, at uneven places.

        Among evenly chosen points a fast oscillation looks like a slow one.
        """
        count = len(self.y)
        if count <= points:
            return self
        places = torch.arange(points, dtype=torch.float64)
        chosen = ((places + places * _GOLDEN % 1) * (count / points)).long().clamp(max=count - 1)
        return Sample({name: variable[chosen] for name, variable in self.variables.items()}, self.y[chosen])

    def curve(self, number: int) -> "Sample":
        """Return the sample of one curve."""
        variables = {name: variable[:, number : number + 1] for name, variable in self.variables.items()}
        whole = None if self.whole is None else self.whole.curve(number)
        return Sample(variables, self.y[:, number : number + 1], whole)

    def less(self, model: Callable[[Mapping[str, Tensor]], Tensor]) -> "Sample":
        """Return the sample without what a function of the variables is."""
        whole = None if self.whole is None else self.whole.less(model)
        return Sample(self.variables, self.y - model(self.variables), whole)

    @cached_property
    def x(self) -> Tensor:
        """Return the first variable, (points, curves)."""
        return next(iter(self.variables.values()))

    @cached_property
    def low(self) -> Tensor:
        """Return the smallest x, (curves,)."""
        return self.x.amin(0)

    @cached_property
    def span(self) -> Tensor:
        """Return the range of x, (curves,); 1 where all are the same."""
        span = self.x.amax(0) - self.x.amin(0)
        return torch.where(span > 0, span, 1.0)

    def at(self, share: float) -> Tensor:
        """Return the x below which this share of the points is, (curves,)."""
        return self.x[round(share * (len(self.x) - 1))]

    def extremum(self) -> Tensor:
        """Return the x at which y is farthest from its median, (curves,)."""
        distance = (self.y - self.y.median(dim=0).values).abs()
        return self.x.gather(0, distance.argmax(dim=0, keepdim=True))[0]


def _wide(variables: Mapping[str, Tensor], y: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    """Return the variables and y, (points, curves) each."""
    y = y if y.ndim == 2 else y[:, None]
    return {name: (v if v.ndim == 2 else v[:, None]).expand_as(y) for name, v in variables.items()}, y


def _evenly(points: int, count: int) -> Tensor:
    return torch.linspace(0, points - 1, count, dtype=torch.float64).round().long()
