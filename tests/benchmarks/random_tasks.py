"""Random fitting tasks of many kinds, on scales from 1e-3 to 1e3, with noise of 0.1 to 3 %."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import lmfit
import numpy as np
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem
from tests.benchmarks.models import Vector

Drawn = dict[str, float]


@dataclass(frozen=True)
class Kind:
    """A kind of task: a formula as people write it, and true values for x from 0 to 1 and y of about 1."""

    formula: str
    truth: Callable[[random.Random], Drawn]
    places: tuple[str, ...] = ()
    """Parameters in the unit of x."""
    rates: tuple[str, ...] = ()
    """Parameters in the unit of 1 / x."""
    sizes: tuple[str, ...] = ()
    """Parameters in the unit of y."""
    first: float = 0.0
    """Least x, as a share of the greatest."""
    model: Callable[[], lmfit.Model] | None = None
    """The same model of lmfit, if it guesses its start values."""


def _peak(draw: random.Random) -> Drawn:
    return {
        "a": draw.choice((-1, 1)) * draw.uniform(0.5, 2),
        "m": draw.uniform(0.15, 0.85),
        "s": 10 ** draw.uniform(-1.5, -0.6),
        "o": draw.uniform(-2, 2),
    }


def _wave(draw: random.Random) -> Drawn:
    return {"a": draw.uniform(0.5, 2), "f": draw.uniform(0.8, 25), "p": draw.uniform(-3, 3), "o": draw.uniform(-2, 2)}


def _dose(draw: random.Random) -> Drawn:
    return {
        "b": draw.uniform(0, 0.2),
        "t": draw.uniform(0.7, 2),
        "c": 10 ** draw.uniform(-1.4, -0.3),
        "h": draw.uniform(0.7, 4),
    }


def _with_constant(model: Callable[[], lmfit.Model]) -> Callable[[], lmfit.Model]:
    return lambda: model() + lmfit.models.ConstantModel()


KINDS = (
    Kind(
        "a*exp(-(x - m)^2/(2*s^2)) + o",
        _peak,
        ("m", "s"),
        sizes=("a", "o"),
        model=_with_constant(lmfit.models.GaussianModel),
    ),
    Kind(
        "a/(1 + ((x - m)/s)^2) + o",
        _peak,
        ("m", "s"),
        sizes=("a", "o"),
        model=_with_constant(lmfit.models.LorentzianModel),
    ),
    Kind(
        "a*voigt(x - m, s, g) + o",
        lambda draw: _peak(draw) | {"a": draw.uniform(0.05, 0.3), "g": 10 ** draw.uniform(-2, -1)},
        ("m", "s", "g"),
        model=_with_constant(lmfit.models.VoigtModel),
    ),
    Kind(
        "a*exp(-(x - m)^2/(2*s^2)) + b*exp(-(x - n)^2/(2*w^2)) + o",
        lambda draw: (
            {"a": draw.uniform(0.5, 2), "m": draw.uniform(0.15, 0.4), "s": draw.uniform(0.03, 0.08)}
            | {"b": draw.uniform(0.5, 2), "n": draw.uniform(0.6, 0.85), "w": draw.uniform(0.03, 0.08)}
            | {"o": draw.uniform(-1, 1)}
        ),
        ("m", "s", "n", "w"),
        sizes=("a", "b", "o"),
    ),
    Kind(
        "a*exp(-k*x) + c",
        lambda draw: {"a": draw.uniform(0.5, 2), "k": draw.uniform(1, 15), "c": draw.uniform(-1, 1)},
        rates=("k",),
        sizes=("a", "c"),
        model=_with_constant(lmfit.models.ExponentialModel),
    ),
    Kind(
        "a*exp(x/tau)",
        lambda draw: {"a": draw.uniform(0.01, 1), "tau": draw.uniform(0.15, 1)},
        ("tau",),
        sizes=("a",),
        model=lmfit.models.ExponentialModel,
    ),
    Kind(
        "a*exp(-k*x) + b*exp(-l*x)",
        lambda draw: {
            "a": draw.uniform(0.5, 2),
            "k": draw.uniform(10, 30),
            "b": draw.uniform(0.5, 2),
            "l": draw.uniform(0.5, 3),
        },
        rates=("k", "l"),
        sizes=("a", "b"),
    ),
    Kind(
        "a*x^p",
        lambda draw: {"a": draw.uniform(0.5, 2), "p": draw.choice((-1, 1)) * draw.uniform(0.3, 3)},
        first=0.02,
        model=lmfit.models.PowerLawModel,
    ),
    Kind(
        "a*(x - x0)^p + c",
        lambda draw: {
            "a": draw.uniform(0.5, 2),
            "x0": -draw.uniform(0.05, 1),
            "p": draw.uniform(0.4, 2.5),
            "c": draw.uniform(-1, 1),
        },
        ("x0",),
        first=0.01,
    ),
    Kind(
        "top/(1 + exp(-k*(x - m)))",
        lambda draw: {"top": draw.uniform(0.5, 2), "k": draw.uniform(8, 30), "m": draw.uniform(0.25, 0.75)},
        ("m",),
        ("k",),
        ("top",),
    ),
    Kind(
        "top*exp(-exp(-k*(x - m)))",
        lambda draw: {"top": draw.uniform(0.5, 2), "k": draw.uniform(5, 20), "m": draw.uniform(0.2, 0.6)},
        ("m",),
        ("k",),
        ("top",),
    ),
    Kind(
        "top*(1 - exp(-(x/c)^n))",
        lambda draw: {"top": draw.uniform(0.5, 2), "c": draw.uniform(0.15, 0.6), "n": draw.uniform(0.8, 4)},
        ("c",),
        sizes=("top",),
    ),
    Kind(
        "a*exp(-t/x)",
        lambda draw: {"a": draw.uniform(0.5, 2), "t": draw.uniform(0.2, 8)},
        ("t",),
        sizes=("a",),
        first=0.6,
    ),
    Kind("b + (t - b)/(1 + (x/c)^(-h))", _dose, ("c",), sizes=("b", "t"), first=0.001),
    Kind(
        "t*x^n/(k^n + x^n)",
        lambda draw: {"t": draw.uniform(0.5, 2), "k": 10 ** draw.uniform(-1.2, -0.2), "n": draw.uniform(0.8, 4)},
        ("k",),
        sizes=("t",),
    ),
    Kind(
        "v*x/(k + x)",
        lambda draw: {"v": draw.uniform(0.5, 2), "k": 10 ** draw.uniform(-1.2, 0.2)},
        ("k",),
        sizes=("v",),
    ),
    Kind(
        "q*b*x/(1 + b*x)",
        lambda draw: {"q": draw.uniform(0.5, 2), "b": 10 ** draw.uniform(-0.2, 1.2)},
        rates=("b",),
        sizes=("q",),
    ),
    Kind(
        "(a + b*x)/(1 + c*x)",
        lambda draw: {"a": draw.uniform(-2, 2), "b": draw.uniform(2, 6), "c": draw.uniform(0.5, 8)},
        rates=("c",),
    ),
    Kind(
        "a*sin(2*pi*f*x + p) + o", _wave, rates=("f",), sizes=("a", "o"), model=_with_constant(lmfit.models.SineModel)
    ),
    Kind(
        "a*exp(-d*x)*cos(2*pi*f*x + p) + o",
        lambda draw: _wave(draw) | {"d": draw.uniform(0.5, 6)},
        rates=("f", "d"),
        sizes=("a", "o"),
    ),
)


@dataclass(frozen=True)
class Task:
    """Data with noise, and what they were made from."""

    kind: Kind
    x: Vector
    y: Vector
    truth: Drawn

    def problem(self, start: Drawn) -> Problem:
        """Return the task as our problem, with start values."""
        formula = parse(self.kind.formula)
        vector = torch.tensor([start[name] for name in formula.parameters], dtype=torch.float64)
        data = Data({"x": torch.from_numpy(self.x)}, torch.from_numpy(self.y))
        return Problem(formula, data, Parameters(formula.parameters), vector)


def tasks(count: int, seed: int) -> Iterator[Task]:
    """Draw so many tasks, of all kinds by turns."""
    draw = random.Random(seed)  # noqa: S311
    for number in range(count):
        yield _task(KINDS[number % len(KINDS)], draw)


def _task(kind: Kind, draw: random.Random) -> Task:
    across, up = 10 ** draw.uniform(-3, 3), 10 ** draw.uniform(-3, 3)
    points = draw.choice((30, 60, 120, 240))
    unit = kind.truth(draw)
    x = (
        np.linspace(kind.first, 1, points)
        if draw.random() < 0.7
        else np.sort([draw.uniform(kind.first, 1) for _ in range(points)])
    )
    if kind.first == 0:
        x = np.maximum(x, 1e-9)
    y = _values(kind, unit, x)
    noisy = y + 10 ** draw.uniform(-3, -1.5) * np.ptp(y) * np.array([draw.gauss(0, 1) for _ in range(points)])
    scaled = {name: value * _scale(kind, name, across, up) for name, value in unit.items()}
    if _fits(kind, scaled, across * x, up * y):
        return Task(kind, across * x, up * noisy, scaled)
    # Where the units of a parameter are not so plain, y alone is scaled, by its first parameter.
    return Task(kind, x, noisy, unit)


def _scale(kind: Kind, name: str, across: float, up: float) -> float:
    return across if name in kind.places else 1 / across if name in kind.rates else up if name in kind.sizes else 1.0


def _fits(kind: Kind, parameters: Drawn, x: Vector, y: Vector) -> bool:
    return bool(np.allclose(_values(kind, parameters, x), y, rtol=1e-6, atol=1e-9 * float(np.abs(y).max())))


def _values(kind: Kind, parameters: Drawn, x: Vector) -> Vector:
    known = {name: torch.tensor(value, dtype=torch.float64) for name, value in parameters.items()}
    values: Vector = parse(kind.formula)({"x": torch.from_numpy(x), **known}).numpy()
    return values
