"""Start values of the parts of a sum, guessed together.

Of two parts, what one has too much the other takes away: they are looked for in pairs, each pair in what all others
leave of the data.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import torch
from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.linearity import linear_parameters
from app.fitting.library.base import Term, added
from app.fitting.library.best import Best, Candidate
from app.fitting.library.pairs import best_pairs
from app.fitting.library.sample import Sample
from app.fitting.starts.variable_projection import separate

_MOST_POINTS = 200
"""Most points on which candidates are tried."""
_ROUNDS = 2
"""Further rounds in which each part is looked for anew, where they are not looked for in pairs."""
_ALL_PAIRS = 4
"""Most parts of which all pairs are looked for; of more, only neighbours."""
_FEW_CURVES = 20
"""Most curves whose parts are looked for in pairs: of more, the search of a few of them helps all."""


@dataclass(frozen=True)
class Member:
    """A part of a sum for the guess, with the names that its parameters have there."""

    shape: str
    """Its formula without terms; empty where there is nothing else."""
    terms: tuple[Term, ...]
    candidates: Callable[[Sample], Iterable[Candidate]]
    """Returns values (curves,) of the parameters in which the shape is not linear."""


def together(members: Sequence[Member], sample: Sample) -> Iterator[Candidate]:
    """Yield values of all parameters in which the sum is not linear, each of which is worth trying."""
    curves = sample.y.shape[1]
    if curves == 1 or curves > _FEW_CURVES:
        yield from _Course(members, sample, {}).followed()
        return
    alone = [[*_Course(members, sample.curve(number), {}).followed()] for number in range(curves)]
    for place in range(max(map(len, alone))):
        # A curve that has fewer has its last one again.
        values = [found[min(place, len(found) - 1)] for found in alone]
        yield {name: torch.cat([value[name] for value in values]) for name in values[0]}


def anew(members: Sequence[Member], sample: Sample, values: Mapping[str, Tensor]) -> Iterator[Candidate]:
    """Yield values as `together` does, with parts and pairs of one curve looked for anew from a fit with `values`."""
    yield from _Course(members, sample, values).anew()


class _Course:
    """The guess of parts, one after another and then in pairs."""

    def __init__(self, members: Sequence[Member], sample: Sample, values: Mapping[str, Tensor]) -> None:
        self._terms, self._sample = [term for member in members for term in member.terms], sample
        self._few = sample.thinned(_MOST_POINTS)
        self._members = [member for member in members if member.shape]
        self._chosen: dict[int, Candidate] = {}
        if values:
            for place, member in enumerate(self._members):
                names = next(iter(member.candidates(sample)))
                self._chosen[place] = {name: values[name] for name in names}

    def followed(self) -> Iterator[Candidate]:
        """Yield the values that are worth trying."""
        places = range(len(self._members))
        for place in places:
            self._place(place)
        if not self._members or self._sample.y.shape[1] > 1:
            for place in [*places] * _ROUNDS:
                self._place(place)
            yield self._values
            return
        yield from self._in_pairs()

    def anew(self) -> Iterator[Candidate]:
        """Yield values near those of a fit, with a part or a pair of parts looked for anew."""
        fitted = dict(self._chosen)
        for place in range(len(self._members)):
            del self._chosen[place]
            self._place(place)
            yield self._values
            self._chosen = dict(fitted)
        yield from self._in_pairs()

    def _in_pairs(self) -> Iterator[Candidate]:
        count = len(self._members)
        pairs = combinations(range(count), 2) if count <= _ALL_PAIRS else pairwise(range(count))
        for places in pairs if count > 1 else [(0,)]:
            before = self._values
            for values in self._looked_for(places):
                yield before | values

    @property
    def _values(self) -> dict[str, Tensor]:
        return {name: value for candidate in self._chosen.values() for name, value in candidate.items()}

    def _place(self, place: int) -> None:
        """Choose a part anew in what all others leave."""
        candidates = [*self._candidates(place, [place]), *([self._chosen[place]] if place in self._chosen else [])]
        held = self._held([place])
        best = self._best([*self._others([place]), place])
        best.consider([{**held, **candidate} for candidate in candidates])
        self._chosen[place] = {name: best.values[name] for name in candidates[0]}

    def _looked_for(self, places: Sequence[int]) -> list[dict[str, Tensor]]:
        """Choose two parts, or one, anew, and return their best values."""
        others = self._others(places)
        known = [self._columns(self._members[place].shape, [self._chosen[place]])[0] for place in others]
        if self._terms:
            known.append(self._columns(added("", self._terms), [{}])[0])
        found: list[Sequence[Candidate]] = []
        columns: list[Tensor] = []
        for place in places:
            rest = self._candidates(place, [place]) if len(places) > 1 else []
            found.append([*self._candidates(place, places), *rest, self._chosen[place]])
            columns.append(self._columns(self._members[place].shape, found[-1]))
        if len(places) == 1:
            found, columns = [*found, [{}]], [*columns, torch.zeros_like(columns[0][:1])]
        y = self._few.y[:, 0]
        pairs = best_pairs(y, torch.cat([y[:, None][:, :0], *known], dim=1), *columns)
        for place, candidates, number in zip(places, found, pairs[0], strict=False):
            self._chosen[place] = candidates[number]
        return [{**found[0][i], **found[1][j]} for i, j in pairs]

    def _others(self, places: Sequence[int]) -> list[int]:
        return [place for place in self._chosen if place not in places]

    def _held(self, without: Sequence[int]) -> dict[str, Tensor]:
        return {name: value for place in self._others(without) for name, value in self._chosen[place].items()}

    def _candidates(self, place: int, without: Sequence[int]) -> list[Candidate]:
        """Return candidates of a part for what the others leave, of which some don't count.

        All linear parameters are solved for together: a part that does not count as one of the others is there too.
        """
        others = self._others(without)
        best = self._best([*self._chosen])
        best.consider([self._values])
        formula = parse(self._formula(others), [*self._sample.variables])
        values = {name: best.values[name] for name in formula.parameters}
        return [*self._members[place].candidates(self._sample.less(lambda variables: formula({**variables, **values})))]

    def _best(self, places: Sequence[int]) -> Best:
        return Best(parse(self._formula(places), (*self._sample.variables, "y")), self._few)

    def _formula(self, places: Sequence[int]) -> str:
        return added(" + ".join(self._members[place].shape for place in places), self._terms) or "0"

    def _columns(self, text: str, candidates: Sequence[Candidate]) -> Tensor:
        """Return the columns (candidates, points, linear) of a formula at candidates for the other parameters."""
        formula = parse(text, [*self._sample.variables])
        linear = [name for name in linear_parameters(formula) if name not in candidates[0]]
        known: Mapping[str, Tensor] = {
            **self._few.variables,
            **{name: torch.cat([candidate[name] for candidate in candidates]) for name in candidates[0]},
        }
        like = self._few.y.expand(-1, len(candidates))
        return separate(lambda values: formula({**known, **values}), linear, like).columns.permute(2, 1, 0)
