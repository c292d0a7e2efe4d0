"""The parts of a model of the library, and the guess of its start values."""

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
from app.fitting.library.domains import Domain
from app.fitting.library.options import Option, Values
from app.fitting.starts.variable_projection import project

MOST_POINTS = 1000
"""Most points that a guess looks at, evenly chosen in the order of x."""
MOST_POINTS_AS_THEY_ARE = 10_000
"""Most points with which a rate is guessed closely."""

_FIRST_STEP = 0.6
"""Difference between the logarithms of neighbouring candidates of a rate."""
_CLOSE = 0.1
"""Difference allowed between the logarithms of an amplitude and of its guess."""
TINY = "1e-37"
"""The number that stands for 0 in a logarithm; float32 has none that is much smaller."""


class LibraryError(ValueError):
    """There is no such model, or not with these options or variables."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        """What the error is about: `name`, or an option's name."""


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


Candidates = Callable[[Sample], Iterable[Mapping[str, Tensor]]]
"""A function that returns values (curves,) of the parameters in which a model is not linear; the best are taken."""


Bounds = tuple[float | None, float | None]
"""Smallest and largest value of a parameter; None: there is none."""


@dataclass(frozen=True)
class LibraryModel:
    """A model whose options have values."""

    formula: str
    latex: str
    parameters: Mapping[str, str]
    """The meaning of each parameter by name."""
    candidates: Candidates = field(repr=False)
    guessed: str | None = field(default=None, repr=False)
    """Formula with which the guess is made, where the model can be written with more linear parameters."""
    finished: Callable[[dict[str, Tensor]], dict[str, Tensor]] = field(default=dict, repr=False)
    """Turns the parameters of the guessed formula into those of the model."""
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    """Bounds of the parameters whose meaning sets some."""
    rates: tuple[str, ...] = field(default=(), repr=False)
    """Parameters of exponentials of x: the farther x is from the origin, the closer they must be guessed."""
    origin: float = field(default=0.0, repr=False)
    """The x at which amplitudes are meant."""
    of_all_points: bool = field(default=False, repr=False)
    """Whether a guess needs points as they are, because neighbours may differ much."""
    is_sensible: Callable[[Mapping[str, Tensor], Tensor, Tensor], Tensor] | None = field(default=None, repr=False)
    """Tells from parameters (any,) each, and the lowest and highest x, which curves are what people mean by the model;
    None: all are. Peaks of both signs can make up nearly any curve."""
    canonical: Callable[[dict[str, Tensor]], dict[str, Tensor]] = field(default=dict, repr=False)
    """Turns parameters, (curves,) each, into those by which people write the same curve: positive widths, peaks in the
    order of their places, phases within a turn."""

    def guess(self, variables: Mapping[str, Tensor], y: Tensor) -> dict[str, Tensor]:
        """Return a start value of each parameter, 0-d for y of shape (points,), (curves,) for (points, curves).

        `variables` are (points,), (points, 1) or (points, curves). The model has candidates for the parameters in which
        it is not linear: those with the least sum of squares are taken, and the other parameters are solved for. Start
        values are always finite.
        """
        formula = parse(self.guessed or self.formula, (*variables, "y"))
        sample = (Sample.as_it_is if self.of_all_points else Sample.of)(variables, y)
        best = _Best(formula, sample)
        for candidate in self.candidates(sample):
            best.consider(candidate)
        if self._is_far(best, sample, _FIRST_STEP):
            best = self._approached(best, Sample.as_it_is(variables, y))
        finished = self.finished(best.values)
        canonical = self.canonical(finished)
        safe = {name: torch.where(canonical[name].isfinite(), canonical[name], 1.0) for name in self.parameters}
        return safe if y.ndim == 2 else {name: values[0] for name, values in safe.items()}

    def _is_far(self, best: "_Best", sample: Sample, step: float) -> bool:
        """Tell whether such a step of the logarithm of a rate changes an amplitude at the origin much."""
        distance = (sample.x - self.origin).abs().amin(dim=0)
        return any(bool((step * best.values[rate].abs() * distance > _CLOSE).any()) for rate in self.rates)

    def _approached(self, rough: "_Best", sample: Sample) -> "_Best":
        """Return rates so close to those of the sample that amplitudes at the origin differ by little."""
        best = _Best(rough.formula, sample)
        best.consider(rough.nonlinear)
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
        """Values of all parameters by name, (curves,) each."""
        self._sample = sample
        self._scale = sample.y.abs().amax(dim=0).clamp(min=torch.finfo(sample.y.dtype).tiny)
        self._least = torch.full_like(sample.low, torch.inf)
        self._nonlinear: tuple[str, ...] = ()
        self._linear = linear_parameters(formula)

    @property
    def nonlinear(self) -> dict[str, Tensor]:
        """Return the values that were not solved for, by parameter."""
        return {name: self.values[name] for name in self._nonlinear}

    def consider(self, candidate: Mapping[str, Tensor]) -> None:
        """Try another candidate, with which all other parameters are solved for."""
        self._nonlinear = tuple(candidate)
        linear = [name for name in self._linear if name not in candidate]
        known = {**self._sample.variables, "y": self._sample.y, **candidate}
        projection = project(self.formula, linear, known, self._sample.y)
        squares = (projection.residual / self._scale).square().sum(0)
        better = squares < self._least
        self._least = torch.where(better, squares, self._least)
        values = {**candidate, **projection.values}
        self.values = {name: torch.where(better, values[name], old) for name, old in self.values.items()}


@dataclass(frozen=True)
class Entry:
    """A model of the library."""

    title: str
    build: Callable[[Values, Sequence[str]], LibraryModel]
    """Makes the model from the values of its options and the names of its variables."""
    options: Mapping[str, Option] = field(default_factory=dict)
    variables: int | None = 1
    """Number of predictor variables; None: any number."""
    domain: Domain | None = None
    """The x at which the model has a meaning; None: all numbers."""


def latex(template: str, x: str = "") -> str:
    """Return LaTeX from a template, in which parameters are written as <name> and the variable as @."""
    upright = re.sub(r"<(\w+)>", lambda name: r"\mathrm{" + name[1].replace("_", r"\_") + "}", template)
    return upright.replace("@", x)


def powers(unit: Tensor, low: float, high: float, count: int) -> list[Tensor]:
    """Return `unit` (curves,) times `count` numbers from low to high, in equal ratios."""
    ratio = (high / low) ** (1 / (count - 1))
    return [unit * (low * ratio**k) for k in range(count)]


def only_linear(_sample: Sample) -> Iterable[Mapping[str, Tensor]]:
    """Return the only candidate of a model that is linear in all parameters: an empty one."""
    return [{}]
