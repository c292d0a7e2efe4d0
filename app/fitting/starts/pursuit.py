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

_PURSUITS = 12
"""Number of starts that are built."""
_SHARE = 0.5
"""Share of the drawn terms that each start is built from: from all of them, every start would be the same."""
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
        built = []
        for base in bases:
            columns = self._columns(base, drawn)
            built += [self._built(base, drawn, columns, range(len(self.terms)), bool(turn % 2)) for turn in range(each)]
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
        built, left = base.clone(), columns.target
        shares = torch.rand(columns.terms[0].numel(), generator=self.generator, dtype=torch.float64)
        chosen = (shares < _SHARE).nonzero()[:, 0].to(left.device)
        directions = _directions(columns.terms.flatten(1)[:, chosen])
        basis = torch.linalg.qr(_directions(columns.others)).Q
        left, directions = left - basis @ (basis.T @ left), directions - basis @ (basis.T @ directions)
        sign: Tensor | None = None
        for place in wanted:
            squares = directions.square().sum(0)
            along = left @ directions
            allowed = squares > _DEPENDENT
            if sign is not None:
                allowed = allowed & (along * sign > 0)
            best = int(torch.where(allowed, along.square() / squares, -1.0).argmax())
            sign = along[best].sign() if of_one_sign and sign is None else sign
            term, candidate = divmod(int(chosen[best]), drawn.shape[1])
            built[self._places[place]] = drawn[self._places[term], candidate]
            taken = directions[:, best] / squares[best].sqrt()
            left, directions = left - taken * (taken @ left), directions - torch.outer(taken, taken @ directions)
        return built


def _finite(columns: Tensor) -> Tensor:
    return columns.nan_to_num(0.0, 0.0, 0.0)


def _directions(columns: Tensor) -> Tensor:
    """Return columns (points, any) of length 1, and of length 0 where one is no number or nothing at all."""
    largest = columns.abs().amax(0)
    scaled = torch.where((largest > 0) & largest.isfinite(), columns / largest, 0.0)
    directions: Tensor = scaled / scaled.norm(dim=0).clamp(min=1.0)
    return directions
