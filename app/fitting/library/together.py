"""Start values of the parts of a sum, guessed together: each from what the others leave of the data, in turns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.linearity import linear_parameters
from app.fitting.library.base import Term, added
from app.fitting.library.best import Best, Candidate
from app.fitting.library.sample import Sample

_MOST_POINTS = 300
"""Most points on which candidates are tried."""
_ROUNDS = 2
"""Further rounds in which each part is guessed anew."""
_FEW_CURVES = 20
"""Most curves whose parts are guessed in several orders: of more, the search of a few of them helps all."""


@dataclass(frozen=True)
class Member:
    """A part of a sum for the guess, with the names that its parameters have there."""

    shape: str
    """Its formula without terms; empty where there is nothing else."""
    terms: tuple[Term, ...]
    candidates: Callable[[Sample], Iterable[Candidate]]
    """Returns values (curves,) of the parameters in which the shape is not linear."""
    variables: tuple[str, ...]

    @cached_property
    def height(self) -> str | None:
        """Return the parameter that the whole shape is multiplied by; None where it is no such product."""
        linear = linear_parameters(parse(self.shape, self.variables))
        return linear[0] if len(linear) == 1 else None


def together(members: Sequence[Member], sample: Sample) -> Iterator[Candidate]:
    """Yield values of all parameters in which the sum is not linear, beginning with each of its parts.

    In an order a part is sought in what the fit of those before it leaves, all linear parameters solved for together
    with it; then each part again in what all others leave. What one part has too much the next one takes away: so each
    order is followed again with a part of the other sign than the best.
    """
    course = _Course([term for member in members for term in member.terms], sample)
    shapes = [member for member in members if member.shape]
    is_few = sample.y.shape[1] <= _FEW_CURVES
    for first in range(len(shapes) if is_few else 1):
        order = [*shapes[first:], *shapes[:first]]
        yield from course.followed(order, None)
        for place, member in enumerate(order):
            if is_few and member.height is not None:
                yield from course.followed(order, place)


class _Course:
    """The guess of parts in an order."""

    def __init__(self, terms: Sequence[Term], sample: Sample) -> None:
        self._terms, self._sample = terms, sample
        self._few = sample.thinned(_MOST_POINTS)

    def followed(self, order: Sequence[Member], turned: int | None) -> Iterator[Candidate]:
        """Yield the values to which this order of the parts leads, after each round.

        The part at the place `turned` has the other sign than the best.
        """
        chosen: dict[int, Candidate] = {}
        sign: Tensor | None = None
        best = self._best([])
        best.consider([{}])
        for _ in range(1 + _ROUNDS):
            for place, member in enumerate(order):
                others = [number for number in chosen if number != place]
                held = {name: value for number in others for name, value in chosen[number].items()}
                rest = self._sample.less(self._evaluated([order[number].shape for number in others], best.values))
                candidates = [*member.candidates(rest), *([chosen[place]] if place in chosen else [])]
                tried = [{**held, **candidate} for candidate in candidates]
                shapes = [order[number].shape for number in [*others, place]]
                best = self._best(shapes)
                if place == turned and member.height is not None:
                    if sign is None:
                        best.consider(tried)
                        sign, best = -best.values[member.height].sign(), self._best(shapes)
                    best.consider(tried, {member.height: sign})
                else:
                    best.consider(tried)
                chosen[place] = {name: best.values[name] for name in candidates[0]}
            yield {name: value for candidate in chosen.values() for name, value in candidate.items()}

    def _best(self, shapes: Sequence[str]) -> Best:
        return Best(parse(self._formula(shapes), (*self._sample.variables, "y")), self._few)

    def _formula(self, shapes: Sequence[str]) -> str:
        return added(" + ".join(shapes), self._terms) or "0"

    def _evaluated(self, shapes: Sequence[str], values: Mapping[str, Tensor]) -> Callable[[Candidate], Tensor]:
        """Return the function of the variables that some parts and all terms are."""
        formula = parse(self._formula(shapes), [*self._sample.variables])
        return lambda variables: formula({**variables, **{name: values[name] for name in formula.parameters}})
