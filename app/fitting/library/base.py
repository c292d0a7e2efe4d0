"""What a model of the library is, and how its start values are guessed."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula, parse
from app.fitting.formulas.linearity import linear_parameters
from app.fitting.starts.variable_projection import project

MOST_POINTS = 1000
"""Points that a guess looks at, evenly chosen in the order of x."""
MOST_POINTS_AS_THEY_ARE = 10_000
"""Points with which a rate is guessed closely."""

_FIRST_STEP = 0.6
"""Between logarithms of neighbouring candidates of a rate."""
_CLOSE = 0.1
"""Between logarithms of an amplitude and its guess."""
TINY = "1e-37"
"""What stands for 0 in a logarithm; a float32 has no number that is much smaller."""


class LibraryError(ValueError):
    """No such model, or not with these options or variables."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        """`name`, or an option."""


@dataclass(frozen=True)
class Sample:
    """Data of some curves as a guess sees them: each curve in the order of its x, without isolated outliers."""

    variables: dict[str, Tensor]
    """(points, curves) each."""
    y: Tensor
    """(points, curves)"""

    @classmethod
    def of(cls, variables: Mapping[str, Tensor], y: Tensor) -> "Sample":
        """From variables (points,), (points, 1) or (points, curves), and y (points,) or (points, curves)."""
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
        """In its own order and with its outliers."""
        wide, y = _wide(variables, y)
        if len(y) <= MOST_POINTS_AS_THEY_ARE:
            return cls(wide, y)
        chosen = _evenly(len(y), MOST_POINTS_AS_THEY_ARE)
        return cls({name: variable[chosen] for name, variable in wide.items()}, y[chosen])

    @cached_property
    def x(self) -> Tensor:
        """The first variable, (points, curves)."""
        return next(iter(self.variables.values()))

    @cached_property
    def low(self) -> Tensor:
        """Smallest x, (curves,)."""
        return self.x[0]

    @cached_property
    def span(self) -> Tensor:
        """Range of x, (curves,); 1 where all are the same."""
        span = self.x[-1] - self.x[0]
        return torch.where(span > 0, span, 1.0)

    @cached_property
    def spacing(self) -> Tensor:
        """Mean distance of neighbouring x, (curves,)."""
        return self.span / max(1, len(self.x) - 1)

    def at(self, share: float) -> Tensor:
        """The x below which this share of the points is, (curves,)."""
        return self.x[round(share * (len(self.x) - 1))]

    def extremum(self) -> Tensor:
        """The x at which y is farthest from its median, (curves,)."""
        distance = (self.y - self.y.median(dim=0).values).abs()
        return self.x.gather(0, distance.argmax(dim=0, keepdim=True))[0]


def _wide(variables: Mapping[str, Tensor], y: Tensor) -> tuple[dict[str, Tensor], Tensor]:
    """Variables and y, (points, curves) each."""
    y = y if y.ndim == 2 else y[:, None]
    return {name: (v if v.ndim == 2 else v[:, None]).expand_as(y) for name, v in variables.items()}, y


def _evenly(points: int, count: int) -> Tensor:
    return torch.linspace(0, points - 1, count, dtype=torch.float64).round().long()


Candidates = Callable[[Sample], Iterable[Mapping[str, Tensor]]]
"""Values, (curves,), of the parameters in which a model is not linear, from which the best are taken."""


Bounds = tuple[float | None, float | None]
"""Smallest and largest value of a parameter; None: there is none."""


@dataclass(frozen=True)
class LibraryModel:
    """A model with its options filled in."""

    formula: str
    latex: str
    parameters: Mapping[str, str]
    """Name -> meaning."""
    candidates: Candidates = field(repr=False)
    guessed: str | None = field(default=None, repr=False)
    """Formula with which the guess is made, where the model has one with more linear parameters."""
    finished: Callable[[dict[str, Tensor]], dict[str, Tensor]] = field(default=dict, repr=False)
    """From the guessed formula's parameters to the model's."""
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    """Of the parameters whose meaning has some."""
    rates: tuple[str, ...] = field(default=(), repr=False)
    """Parameters of exponentials of x: the farther x is from the origin, the closer they must be guessed."""
    origin: float = field(default=0.0, repr=False)

    def guess(self, variables: Mapping[str, Tensor], y: Tensor) -> dict[str, Tensor]:
        """Start value of each parameter, 0-d for y of shape (points,), (curves,) for (points, curves).

        `variables` are (points,), (points, 1) or (points, curves). Of the model's candidates for the parameters in
        which it is not linear, those with the least sum of squares are taken, the others solved for. Always finite.
        """
        formula = parse(self.guessed or self.formula, (*variables, "y"))
        sample = Sample.of(variables, y)
        best = _Best(formula, sample)
        for candidate in self.candidates(sample):
            best.consider(candidate)
        if self._is_far(best, sample, _FIRST_STEP):
            best = self._approached(best, Sample.as_it_is(variables, y))
        finished = self.finished(best.values)
        safe = {name: torch.where(finished[name].isfinite(), finished[name], 1.0) for name in self.parameters}
        return safe if y.ndim == 2 else {name: values[0] for name, values in safe.items()}

    def _is_far(self, found: "_Best", sample: Sample, step: float) -> bool:
        """Whether such a step of the logarithm of a rate changes an amplitude at the origin much."""
        distance = (sample.x - self.origin).abs().amin(dim=0)
        return any(bool((step * found.values[rate].abs() * distance > _CLOSE).any()) for rate in self.rates)

    def _approached(self, found: "_Best", sample: Sample) -> "_Best":
        """With rates so close to those of the points as they are that an amplitude at the origin differs by little."""
        best = _Best(found.formula, sample)
        best.consider(found.nonlinear)
        # Of two rates each must be looked for again once the other is close.
        for halvings in [*range(52)] * len(self.rates):
            step = _FIRST_STEP / 2**halvings
            if self._is_far(best, sample, step):
                for rate, sign in product(self.rates, (1, -1)):
                    best.consider({**best.nonlinear, rate: math.exp(sign * step / 2) * best.values[rate]})
        return best


class _Best:
    """The best of all candidates so far, for each curve; finite only where a candidate was."""

    def __init__(self, formula: Formula, sample: Sample) -> None:
        self.formula = formula
        self.values = {name: torch.ones_like(sample.low) for name in formula.parameters}
        """(curves,) each."""
        self._sample = sample
        self._scale = sample.y.abs().amax(dim=0).clamp(min=torch.finfo(sample.y.dtype).tiny)
        self._least = torch.full_like(sample.low, torch.inf)
        self._nonlinear: tuple[str, ...] = ()

    @property
    def nonlinear(self) -> dict[str, Tensor]:
        """Values that were not solved for."""
        return {name: self.values[name] for name in self._nonlinear}

    def consider(self, candidate: Mapping[str, Tensor]) -> None:
        """Another candidate, with which all other parameters are solved for."""
        self._nonlinear = tuple(candidate)
        linear = [name for name in linear_parameters(self.formula) if name not in candidate]
        given = {**self._sample.variables, "y": self._sample.y, **candidate}
        found = project(self.formula, linear, given, self._sample.y)
        squares = (found.residual / self._scale).square().sum(0)
        better = squares < self._least
        self._least = torch.where(better, squares, self._least)
        values = {**candidate, **found.values}
        self.values = {name: torch.where(better, values[name], old) for name, old in self.values.items()}


@dataclass(frozen=True)
class Option:
    """A whole number that shapes a model."""

    default: int
    lowest: int
    highest: int
    meaning: str


@dataclass(frozen=True)
class Entry:
    """A model of the library."""

    title: str
    build: Callable[[Mapping[str, int], Sequence[str]], LibraryModel]
    """From options and names of the variables."""
    options: Mapping[str, Option] = field(default_factory=dict)
    variables: int | None = 1
    """How many predictor variables it has; None: any number."""


def latex(template: str, x: str = "") -> str:
    """LaTeX with parameters written as <name> and the variable as @."""
    upright = re.sub(r"<(\w+)>", lambda name: r"\mathrm{" + name[1].replace("_", r"\_") + "}", template)
    return upright.replace("@", x)


ORIGIN = {"origin": Option(0, -(10**9), 10**9, "x at which amplitudes are told: choose one near the data")}


def from_origin(x: str, origin: int) -> str:
    """The distance of a variable from the origin, as a formula."""
    return f"({x} {'-' if origin > 0 else '+'} {abs(origin)})" if origin else x


def powers(unit: Tensor, low: float, high: float, count: int) -> list[Tensor]:
    """`unit` (curves,) times numbers from low to high, in equal ratios."""
    ratio = (high / low) ** (1 / (count - 1))
    return [unit * (low * ratio**k) for k in range(count)]


def only_linear(_sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    """Of a model that is linear in all parameters."""
    return [{}]
