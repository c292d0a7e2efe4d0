"""Whether one fitted model is a special case of another, decided by what both are as functions on the data."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice, permutations, product

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula
from app.fitting.formulas.linearity import is_linear
from app.fitting.formulas.parameters import Parameters
from app.fitting.statistics.bands import linearised

_MOST_POINTS = 200
"""Most points of the data at which models are compared."""
_TRIALS = 6
"""Parameters, drawn around those of the smaller model, at which the models are compared."""
_MOST_WAYS = 1_000
"""Most ways to make the larger model the smaller that are tried."""
_SAME = 1e-9
"""Difference of models, as a share of the largest value, up to which they are the same but for rounding."""
_IN_SPAN = 1e-7
"""The same for the columns of linear models, which may be nearly dependent."""


@dataclass(frozen=True)
class FittedFormula:
    """A model with its coefficients."""

    formula: Formula
    parameters: Parameters
    free: Tensor
    """Coefficients of the free parameters, (free,), float64."""
    shared: frozenset[str] = field(default_factory=frozenset)
    """Parameters that have one value for all of many curves."""


@dataclass(frozen=True)
class Nesting:
    """The way in which a model is a special case of a larger one."""

    way: str
    """The way in words."""
    meaningless: tuple[str, ...] = ()
    """Parameters of the larger model that mean nothing where it is the smaller: a test against it is not exact then."""


@dataclass(frozen=True)
class _Way:
    """A way to make a larger model a smaller one: where each of its free parameters has its value from."""

    taken: Mapping[str, str]
    """Parameters that have the value of one of the smaller model, by name."""
    held: Mapping[str, float]
    """Parameters that are held at a number."""

    def words(self, shared: Collection[str]) -> str:
        """Return the way in words; the smaller model has so many more parameters `shared` by all curves."""
        parts = [f"{name} = {value:g}" for name, value in self.held.items()]
        parts += [f"{name} = its {source}" for name, source in self.taken.items() if name != source]
        parts += [f"one {name} for all curves" for name in sorted(shared)]
        return f"it is the larger model with {', '.join(parts or ('parameters fixed or tied',))}"


def nested(smaller: FittedFormula, larger: FittedFormula, variables: Mapping[str, Tensor]) -> Nesting | None:
    """Return how the smaller model is a special case of the larger; None where it is not, or that can't be told.

    Models that are linear in their parameters are nested where the columns of the smaller are combinations of those of
    the larger at the points, `variables` (points,): so a polynomial or series of a lower degree is, in whatever form.
    Other models are nested where the larger becomes the smaller when some of its free parameters are held at 0 or 1 and
    the others have the values that parameters of the smaller have, by the same names or by others. That is found by
    trying, and is taken as shown where both are the same function at all points for many parameters.
    """
    points = {name: _thinned(column) for name, column in variables.items()}
    if all(is_linear(model.formula, model.parameters) for model in (smaller, larger)) and not larger.shared:
        return Nesting("it is linear, and the larger model spans it") if _spans(larger, smaller, points) else None
    drawn = _drawn(smaller)
    for way in _ways(smaller, larger):
        if _is_possible(way, smaller, larger) and _is_same(way, smaller, larger, drawn, points):
            return Nesting(way.words(smaller.shared - larger.shared), _meaningless(way, smaller, larger, points))
    return None


def _thinned(column: Tensor) -> Tensor:
    column = column.double()
    if len(column) <= _MOST_POINTS:
        return column
    return column[torch.linspace(0, len(column) - 1, _MOST_POINTS, dtype=torch.float64).round().long()]


def _spans(larger: FittedFormula, smaller: FittedFormula, points: Mapping[str, Tensor]) -> bool:
    """Tell whether a linear model can have all values that another can have."""
    values, columns = linearised(larger.formula, larger.parameters, larger.free, points)
    other_values, other_columns = linearised(smaller.formula, smaller.parameters, smaller.free, points)
    wanted = torch.cat([other_columns, (other_values - values)[None]]).T
    if not bool(torch.cat([columns, wanted.T]).isfinite().all()):
        return False
    lengths = columns.norm(dim=1, keepdim=True)
    basis, triangle = torch.linalg.qr((columns / torch.where(lengths > 0, lengths, 1.0)).T)
    basis = basis[:, triangle.diagonal().abs() > torch.finfo(torch.float64).eps * len(basis)]
    left = wanted - basis @ (basis.T @ wanted)
    scale = wanted.norm(dim=0)
    # Of the difference of the values, rounding of the values themselves may be left.
    scale[-1] = torch.maximum(values.norm(), other_values.norm())
    return bool((left.norm(dim=0) <= _IN_SPAN * scale).all())


def _ways(smaller: FittedFormula, larger: FittedFormula) -> Iterator[_Way]:
    """Yield ways to make the larger model the smaller: by the same names first, and then by any."""
    theirs, free = larger.parameters.free, smaller.parameters.free
    ways = chain(_with_names(theirs, smaller.parameters.names, free), _with_any(theirs, free))
    yield from islice(ways, _MOST_WAYS)


def _with_names(theirs: Collection[str], ours: Collection[str], our_free: Collection[str]) -> Iterator[_Way]:
    taken = {name: name for name in theirs if name in ours}
    if not {*our_free} <= taken.keys():
        return
    rest = [name for name in theirs if name not in taken]
    if 2 ** len(rest) <= _MOST_WAYS:
        for numbers in product((0.0, 1.0), repeat=len(rest)):
            yield _Way(taken, dict(zip(rest, numbers, strict=True)))


def _with_any(theirs: Collection[str], our_free: Collection[str]) -> Iterator[_Way]:
    for chosen in permutations(theirs, len(our_free)):
        taken = dict(zip(chosen, our_free, strict=True))
        rest = [name for name in theirs if name not in taken]
        for numbers in product((0.0, 1.0), repeat=len(rest)):
            yield _Way(taken, dict(zip(rest, numbers, strict=True)))


def _drawn(model: FittedFormula) -> list[Tensor]:
    """Return coefficients (free,) of a model, and others around them."""
    generator = torch.Generator().manual_seed(1)
    drawn = [model.free]
    for _ in range(_TRIALS):
        shares = torch.rand(len(model.free), generator=generator, dtype=torch.float64)
        drawn.append(model.free * (0.7 + 0.6 * shares) + 0.01 * (shares - 0.5))
    return drawn


def _is_possible(way: _Way, smaller: FittedFormula, larger: FittedFormula) -> bool:
    """Tell whether the values are within the bounds of the larger model, and shared where it shares them."""
    found = _values_of(way, smaller, smaller.free)
    lower, upper = larger.parameters.lower, larger.parameters.upper
    within = all(lower.get(name, value) <= value <= upper.get(name, value) for name, value in found.items())
    constant = smaller.shared | smaller.parameters.fixed.keys()
    return within and all(way.taken.get(name) in (None, *constant) for name in larger.shared)


def _values_of(way: _Way, smaller: FittedFormula, free: Tensor) -> dict[str, float]:
    """Return the values of the larger model's free parameters at those of the smaller, (free,)."""
    values = smaller.parameters.coefficients(free)
    return {**{name: values[source] for name, source in way.taken.items()}, **way.held}


def _is_same(
    way: _Way, smaller: FittedFormula, larger: FittedFormula, drawn: list[Tensor], points: Mapping[str, Tensor]
) -> bool:
    """Tell whether both models are one function, at all parameters that were drawn and where they have values."""
    told = 0
    for free in drawn:
        expected = _model(smaller, free, points)
        found = _model(larger, _vector(way, smaller, larger, free), points)
        if not bool((expected.isfinite() == found.isfinite()).all()):
            return False
        finite = expected.isfinite()
        if bool(finite.any()):
            scale = expected[finite].abs().amax()
            if not bool(((found - expected)[finite].abs() <= _SAME * scale).all()):
                return False
            told += 1
    return told > len(drawn) // 2


def _model(model: FittedFormula, free: Tensor, points: Mapping[str, Tensor]) -> Tensor:
    return model.formula({**points, **model.parameters.values(free)}).expand(len(next(iter(points.values()))))


def _vector(way: _Way, smaller: FittedFormula, larger: FittedFormula, free: Tensor) -> Tensor:
    found = _values_of(way, smaller, free)
    return free.new_tensor([found[name] for name in larger.parameters.free])


def _meaningless(
    way: _Way, smaller: FittedFormula, larger: FittedFormula, points: Mapping[str, Tensor]
) -> tuple[str, ...]:
    """Return the parameters of the larger model that change nothing where it is the smaller."""
    vector = _vector(way, smaller, larger, smaller.free)
    _, derivatives = linearised(larger.formula, larger.parameters, vector, points)
    return tuple(
        name for name, row in zip(larger.parameters.free, derivatives, strict=True) if not bool((row != 0).any())
    )
