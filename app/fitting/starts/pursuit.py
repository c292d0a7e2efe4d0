"""Start values of terms that are alike, found one after another.

A draw of all peaks at once hits each of them ever more rarely, the more there are. Here single terms are drawn, and of
these the one that explains most of what the others leave is taken, again and again: Y. C. Pati, R. Rezaiifar and P. S.
Krishnaprasad, "Orthogonal Matching Pursuit: Recursive Function Approximation with Applications to Wavelet
Decomposition", 1993.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.problems.problem import Problem
from app.fitting.starts.like_terms import LikeTerms
from app.fitting.starts.variable_projection import separate

_PURSUITS = 8
"""Number of starts that are built."""
_SHARE = 0.5
"""Share of the drawn terms that each start is built from: from all of them, every start would be the same."""
_MANY = 3
"""Number of terms from which on each is taken again beside the others."""
_DEPENDENT = 1e-8
"""Share of its squares that a column needs to have left beside the columns that were taken."""


class _Columns(NamedTuple):
    """What the data leave to be explained, and the columns that may explain it, all weighted."""

    target: Tensor
    """Data minus what no linear parameter is a factor of, (points,)."""
    others: Tensor
    """The columns of linear parameters outside the terms, (points, others)."""
    terms: Tensor
    """The column of each term at each candidate, (points, terms, candidates)."""


@dataclass(frozen=True)
class Pursuit:
    """Builds start values of the terms of a problem that are alike, from drawn ones."""

    problem: Problem
    linear: Sequence[str]
    terms: LikeTerms
    generator: torch.Generator

    def starts(self, bases: Tensor, drawn: Tensor) -> Tensor:
        """Return start values (any, free), whose linear parameters are still to be solved for.

        Their terms follow from `drawn` candidates (free, candidates), all else from the `bases` (any, free).
        """
        bases = bases[:_PURSUITS] if self._has_others else bases[:1]
        each = _PURSUITS // max(len(bases), 1)
        built: list[Tensor] = []
        for base in bases:
            columns = self._columns(base, drawn)
            for _ in range(each):
                built.append(self._built(base, drawn, columns, range(len(self.terms)), len(built) % 2 > 0))
        return torch.stack(built) if built else bases

    def exchanged(self, end: Tensor, drawn: Tensor) -> Tensor:
        """Return copies (any, free) of parameters `end` (free,), in each of which one or two terms are found anew.

        The second is the weakest: it may be where another one stands for two.
        """
        columns, own = self._columns(end, drawn), self._columns(end, end[:, None]).terms[..., 0]
        factors = end[[self.problem.parameters.free.index(name) for name in self.terms.factors]]
        weakest, count = int((own * factors).norm(dim=0).argmin()), len(self.terms)
        built = []
        for term in range(count):
            for anew in ([term], [term, weakest]):
                kept = [other for other in range(count) if other not in anew]
                beside = columns._replace(others=torch.cat([columns.others, own[:, kept]], 1))
                built.append(self._built(end, drawn, beside, dict.fromkeys(anew), len(anew) > 1))
        return torch.stack(built)

    @cached_property
    def _places(self) -> Tensor:
        """The places of the inner parameters of each term among the free ones, (terms, inner)."""
        free = self.problem.parameters.free
        return torch.tensor([[free.index(name) for name in inner] for inner in self.terms.inner])

    @cached_property
    def _has_others(self) -> bool:
        """Tell whether there are more parameters that are not solved for."""
        return len(self.problem.parameters.free) > len(self.linear) + self._places.numel()

    def _columns(self, base: Tensor, drawn: Tensor) -> _Columns:
        """Return the columns of terms at `drawn` (free, candidates), all else at `base` (free,)."""
        data, free = self.problem.data, self.problem.parameters.free
        candidates, places = base[:, None].repeat(1, drawn.shape[1]), self._places.flatten()
        candidates[places] = drawn[places]
        values = dict(zip(free, candidates.unbind(), strict=True))
        variables = {name: variable[:, None] for name, variable in data.variables.items()}

        def formula(linear: dict[str, Tensor]) -> Tensor:
            own = values | linear
            return self.problem.formula(variables | self.problem.parameters.values([own[name] for name in free]))

        separated = separate(formula, self.linear, data.y[:, None].expand(-1, drawn.shape[1]))
        weight = torch.ones_like(data.y) if data.factor is None else data.factor
        target = (data.y - separated.offset[:, 0]) * weight
        columns = separated.columns * weight[:, None]
        of_terms = [self.linear.index(name) for name in self.terms.factors]
        of_others = [place for place in range(len(self.linear)) if place not in of_terms]
        return _Columns(_finite(target), _finite(columns[of_others, :, 0].T), columns[of_terms].transpose(0, 1))

    def _built(
        self, base: Tensor, drawn: Tensor, columns: _Columns, wanted: Collection[int], of_one_sign: bool
    ) -> Tensor:
        """Return the start `base` (free,) with other terms at the `wanted` places: those that explain most."""
        shares = torch.rand(columns.terms[0].numel(), generator=self.generator, dtype=torch.float64)
        chosen = (shares < _SHARE).nonzero()[:, 0].to(base.device)
        atoms = _directions(columns.terms.flatten(1)[:, chosen])
        taken = _pursued(columns.target, _directions(columns.others), atoms, len(wanted), of_one_sign)
        built = base.clone()
        for place, atom in zip(wanted, taken, strict=True):
            term, candidate = divmod(int(chosen[atom]), drawn.shape[1])
            built[self._places[place]] = drawn[self._places[term], candidate]
        return built


def _pursued(target: Tensor, others: Tensor, atoms: Tensor, count: int, of_one_sign: bool) -> list[int]:
    """Return the places of so many `atoms` (points, any) that explain a target (points,) beside `others` (points, any).

    Each is taken for what those before it leave; of many, each is then taken again for what all others leave, since the
    first may have stood for several.
    """
    basis = torch.linalg.qr(others).Q
    left, directions = _beside(basis, target), _beside(basis, atoms)
    taken: list[int] = []
    sign: Tensor | None = None
    for _ in range(count):
        best, along = _best(left, directions, sign)
        sign = along.sign() if of_one_sign and sign is None else sign
        taken.append(best)
        column = directions[:, best : best + 1] / directions[:, best].norm().clamp(min=_DEPENDENT)
        left, directions = _beside(column, left), _beside(column, directions)
    for turn in range(count if count >= _MANY else 0):
        kept = atoms[:, [atom for place, atom in enumerate(taken) if place != turn]]
        basis = torch.linalg.qr(torch.cat([others, kept], 1)).Q
        taken[turn], _ = _best(_beside(basis, target), _beside(basis, atoms), sign)
    return taken


def _best(left: Tensor, directions: Tensor, sign: Tensor | None) -> tuple[int, Tensor]:
    """Return which of the directions (points, any) explains most with a factor of that sign, and its product."""
    squares, along = directions.square().sum(0), left @ directions
    is_allowed = squares > _DEPENDENT
    if sign is not None:
        is_allowed = is_allowed & (along * sign > 0)
    best = int(torch.where(is_allowed, along.square() / squares, -1.0).argmax())
    return best, along[best]


def _beside(basis: Tensor, columns: Tensor) -> Tensor:
    """Return what columns (points, ...) have beside an orthonormal basis (points, any)."""
    return columns - basis @ (basis.T @ columns)


def _finite(columns: Tensor) -> Tensor:
    return columns.nan_to_num(0.0, 0.0, 0.0)


def _directions(columns: Tensor) -> Tensor:
    """Return columns (points, any) of length 1, and of length 0 where one is no number or nothing at all."""
    largest = columns.abs().amax(0)
    scaled = torch.where((largest > 0) & largest.isfinite(), columns / largest, 0.0)
    directions: Tensor = scaled / scaled.norm(dim=0).clamp(min=1.0)
    return directions
