"""Start values of the parts of a sum, guessed together: each from what the others leave of the data, in turns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, permutations

from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.library.base import Term, added
from app.fitting.library.best import Best, Candidate
from app.fitting.library.sample import Sample

_MOST_POINTS = 300
"""Most points on which candidates are tried."""
_MOST_ORDERS = 6
"""Most orders in which the parts are guessed."""
_ROUNDS = 2
"""Further rounds in which each part is guessed anew."""


@dataclass(frozen=True)
class Member:
    """A part of a sum for the guess, with the names that its parameters have there."""

    shape: str
    """Its formula without terms; empty where there is nothing else."""
    terms: tuple[Term, ...]
    candidates: Callable[[Sample], Iterable[Candidate]]
    """Returns values (curves,) of the parameters in which the shape is not linear."""


def together(members: Sequence[Member], sample: Sample) -> Iterator[Candidate]:
    """Yield values of all parameters in which the sum is not linear, from several orders of its parts.

    In each order a part is sought in what the fit of those before it leaves, all linear parameters solved for together
    with it; then each part again in what all others leave.
    """
    course = _Course([term for member in members for term in member.terms], sample)
    shapes = [member for member in members if member.shape]
    for order in islice(permutations(shapes), _MOST_ORDERS):
        yield course.followed(order)


class _Course:
    """The guess of parts in an order."""

    def __init__(self, terms: Sequence[Term], sample: Sample) -> None:
        self._terms, self._sample = terms, sample
        self._few = sample.thinned(_MOST_POINTS)

    def followed(self, order: Sequence[Member]) -> Candidate:
        """Return the values to which this order of the parts leads."""
        chosen: dict[int, Candidate] = {}
        best = self._best([])
        best.consider([{}])
        for place in [*range(len(order))] * (1 + _ROUNDS):
            others = [number for number in chosen if number != place]
            held = {name: value for number in others for name, value in chosen[number].items()}
            rest = self._sample.less(self._evaluated([order[number].shape for number in others], best.values))
            candidates = [*order[place].candidates(rest), *([chosen[place]] if place in chosen else [])]
            best = self._best([order[number].shape for number in [*others, place]])
            best.consider([{**held, **candidate} for candidate in candidates])
            chosen[place] = {name: best.values[name] for name in candidates[0]}
        return {name: value for candidate in chosen.values() for name, value in candidate.items()}

    def _best(self, shapes: Sequence[str]) -> Best:
        return Best(parse(self._formula(shapes), (*self._sample.variables, "y")), self._few)

    def _formula(self, shapes: Sequence[str]) -> str:
        return added(" + ".join(shapes), self._terms) or "0"

    def _evaluated(self, shapes: Sequence[str], values: Mapping[str, Tensor]) -> Callable[[Candidate], Tensor]:
        """Return the function of the variables that some parts and all terms are."""
        formula = parse(self._formula(shapes), [*self._sample.variables])
        return lambda variables: formula({**variables, **{name: values[name] for name in formula.parameters}})
