"""The parts of a model of the library, and the guess of its start values."""

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.library.best import Best, Candidate
from app.fitting.library.domains import Domain
from app.fitting.library.options import Option, Values
from app.fitting.library.sample import Sample

_FIRST_STEP = 0.6
"""Difference between the logarithms of neighbouring candidates of a rate."""
_CLOSE = 0.1
"""Difference allowed between the logarithms of an amplitude and of its guess."""
TINY = "1e-37"
"""The number that stands for 0 in a logarithm; float32 has none that is much smaller."""


class LibraryError(ValueError):
    """There is no such model, or not with these options or variables."""

    def __init__(self, field: str, message: str, part: int | None = None) -> None:
        super().__init__(message)
        self.field = field
        """What the error is about: `name`, or an option's name."""
        self.part = part
        """Number of the part of a sum that the error is about, from 0."""


Candidates = Callable[[Sample], Iterable[Candidate]]
"""A function that returns values (curves,) of the parameters in which a model is not linear; the best are taken."""


Bounds = tuple[float | None, float | None]
"""Smallest and largest value of a parameter; None: there is none."""


Monomial = tuple[str, int]
"""A variable and its power; ("", 0) is 1."""
CONSTANT: Monomial = ("", 0)


@dataclass(frozen=True)
class Term:
    """A parameter times a power of a variable, or a parameter alone: what several parts of a sum may have in common."""

    parameter: str
    variable: str = ""
    power: int = 0

    @property
    def monomial(self) -> Monomial:
        """Return what the parameter is multiplied by."""
        return (self.variable, self.power)

    @property
    def formula(self) -> str:
        """Return the term as a formula."""
        power = f"**{self.power}" if self.power > 1 else ""
        return f"{self.parameter}*{self.variable}{power}" if self.power else self.parameter

    @property
    def latex(self) -> str:
        """Return the term in LaTeX."""
        power = f"^{{{self.power}}}" if self.power > 1 else ""
        return latex(f"<{self.parameter}>" + (rf"\, {self.variable}{power}" if self.power else ""))


@dataclass(frozen=True)
class LibraryModel:
    """A model whose options have values: a shape and, added to it, terms; it may have only one of them."""

    shape: str
    """Formula of the model without its terms; empty where there is nothing else."""
    written: str
    """The shape in LaTeX."""
    parameters: Mapping[str, str]
    """The meaning of each parameter by name."""
    candidates: Candidates = field(repr=False)
    terms: tuple[Term, ...] = ()
    """Further terms, each of which can be left out where another part of a sum has the like."""
    inherent: frozenset[Monomial] = frozenset()
    """Terms that the shape itself takes up, so that no other part of a sum can have them."""
    guessed: str | None = field(default=None, repr=False)
    """Shape with which the guess is made, where the model can be written with more linear parameters."""
    finished: Callable[[dict[str, Tensor]], dict[str, Tensor]] = field(default=dict, repr=False)
    """Turns the parameters of the guessed formula into those of the model."""
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    """Bounds of the parameters whose meaning sets some."""
    rates: Mapping[str, float] = field(default_factory=dict, repr=False)
    """Parameters of exponentials of x, with the x at which their amplitudes are meant: the farther x is from there, the
    closer they must be guessed."""
    anew: Callable[[Sample, Mapping[str, Tensor]], Iterable[Candidate]] | None = field(default=None, repr=False)
    """Returns further candidates for one curve, from the parameters of a fit. A model that has it has candidates each
    of which is worth trying as start values, and not the best alone; None: the best is the one start."""
    of_all_points: bool = field(default=False, repr=False)
    """Whether a guess needs points as they are, because neighbours may differ much."""
    is_sensible: Callable[[Mapping[str, Tensor], Tensor, Tensor], Tensor] | None = field(default=None, repr=False)
    """Tells from parameters (any,) each, and the lowest and highest x, which curves are what people mean by the model;
    None: all are. Peaks of both signs can make up nearly any curve."""
    canonical: Callable[[dict[str, Tensor]], dict[str, Tensor]] = field(default=dict, repr=False)
    """Turns parameters, (curves,) each, into those by which people write the same curve: positive widths, peaks in the
    order of their places, phases within a turn."""
    place: Callable[[Mapping[str, Tensor]], Tensor] | None = field(default=None, repr=False)
    """Returns the number (curves,) by which people bring like parts of a sum into order; None: there is none."""

    @property
    def formula(self) -> str:
        """Return the model as a formula."""
        return added(self.shape, self.terms)

    @property
    def latex(self) -> str:
        """Return the model in LaTeX."""
        return " + ".join([*filter(None, [self.written]), *(term.latex for term in self.terms)])

    @property
    def guessed_formula(self) -> str:
        """Return the formula with which the guess is made."""
        return added(self.guessed or self.shape, self.terms)

    def without(self, terms: Collection[Term]) -> "LibraryModel":
        """Return the model without some of its terms."""
        left_out = {term.parameter for term in terms}
        return replace(
            self,
            terms=tuple(term for term in self.terms if term not in terms),
            parameters={name: meaning for name, meaning in self.parameters.items() if name not in left_out},
        )

    def guess(self, variables: Mapping[str, Tensor], y: Tensor) -> dict[str, Tensor]:
        """Return a start value of each parameter, 0-d for y of shape (points,), (curves,) for (points, curves).

        `variables` are (points,), (points, 1) or (points, curves). The model has candidates for the parameters in which
        it is not linear: those with the least sum of squares are taken, and the other parameters are solved for. Start
        values are always finite.
        """
        sample = self._sample(variables, y)
        return self._guess(self.candidates(sample), sample, variables, y)

    def guesses(self, variables: Mapping[str, Tensor], y: Tensor) -> Iterator[dict[str, Tensor]]:
        """Yield all start values that are worth trying, each as `guess` does: one of most models, several of a sum."""
        if self.anew is None:
            yield self.guess(variables, y)
            return
        sample = self._sample(variables, y)
        for candidate in self.candidates(sample):
            yield self._guess([candidate], sample, variables, y)

    def guesses_anew(
        self, variables: Mapping[str, Tensor], y: Tensor, values: Mapping[str, Tensor]
    ) -> Iterator[dict[str, Tensor]]:
        """Yield further start values of one curve, y (points,), as `guesses` does, from the parameters of a fit."""
        if self.anew is not None:
            sample = self._sample(variables, y)
            for candidate in self.anew(sample, {name: value.reshape(1) for name, value in values.items()}):
                yield self._guess([candidate], sample, variables, y)

    def _sample(self, variables: Mapping[str, Tensor], y: Tensor) -> Sample:
        return (Sample.as_it_is if self.of_all_points else Sample.of)(variables, y)

    def _guess(
        self, candidates: Iterable[Candidate], sample: Sample, variables: Mapping[str, Tensor], y: Tensor
    ) -> dict[str, Tensor]:
        best = Best(parse(self.guessed_formula, (*variables, "y")), sample)
        best.consider(candidates)
        if self._is_far(best, sample, _FIRST_STEP):
            best = self._approached(best, Sample.as_it_is(variables, y))
        finished = self.finished(best.values)
        canonical = self.canonical(finished)
        safe = {name: torch.where(canonical[name].isfinite(), canonical[name], 1.0) for name in self.parameters}
        return safe if y.ndim == 2 else {name: values[0] for name, values in safe.items()}

    def _is_far(self, best: Best, sample: Sample, step: float) -> bool:
        """Tell whether such a step of the logarithm of a rate changes an amplitude at its origin much."""
        return any(
            bool((step * best.values[rate].abs() * (sample.x - origin).abs().amin(dim=0) > _CLOSE).any())
            for rate, origin in self.rates.items()
        )

    def _approached(self, rough: Best, sample: Sample) -> Best:
        """Return rates so close to those of the sample that amplitudes at the origin differ by little."""
        best = Best(rough.formula, sample)
        best.consider([rough.nonlinear])
        # Of two rates each must be looked for again once the other is close.
        for halvings in [*range(52)] * len(self.rates):
            step = _FIRST_STEP / 2**halvings
            if self._is_far(best, sample, step):
                for rate, sign in product(self.rates, (1, -1)):
                    best.consider([{**best.nonlinear, rate: math.exp(sign * step / 2) * best.values[rate]}])
        return best


def added(shape: str, terms: Iterable[Term]) -> str:
    """Return the formula of a shape, which may be empty, and terms."""
    return " + ".join([*filter(None, [shape]), *(term.formula for term in terms)])


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
