"""Start values of many curves: searched for on a few of them, and for each curve the best of what these found."""

from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from app.fitting.formulas.linearity import linear_parameters
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.problem import Problem
from app.fitting.starts.pool import solved
from app.fitting.starts.search import Guessed, Judge, Search, search_start
from app.fitting.starts.variable_projection import Projected

SAMPLE = 5
"""Most curves on which start values are searched for."""


@dataclass(frozen=True)
class GuessedCurves:
    """Start values that were guessed for each curve."""

    starts: Tensor
    """The values, (any, free, curves)."""
    anew: Callable[[Problem, Tensor], Generator[None, None, Tensor]] | None = None
    """Returns further ones (any, free) of a curve alone from the end (free,) of a training, and pauses between pieces
    of work; None: there are none."""

    def of(self, curve: int, problem: Problem) -> Guessed:
        """Return the start values of one curve, which is a problem by itself."""
        return Guessed(self.starts[:, :, curve], None if self.anew is None else partial(self.anew, problem))


def search_starts(
    problem: CurveProblem,
    unknown: Collection[str],
    seed: int,
    posed: Callable[[Problem], Problem],
    sample: int = SAMPLE,
    guessed: GuessedCurves | None = None,
    is_sensible: Judge | None = None,
) -> Generator[None, None, tuple[CurveProblem, Search]]:
    """Return the curves with start values of their `unknown` parameters, and the search on the curve in the middle.

    It is made on `sample` curves from all over the order of their ranges, each `posed` as a problem by itself. Of the
    start values that these found, and those `guessed` for it, every curve begins at those with the least loss, its
    linear parameters solved for.
    """
    searches = {}
    for curve in _sampled(problem, sample):
        alone = posed(problem.alone(curve))
        guess = None if guessed is None else guessed.of(curve, alone)
        searches[curve] = yield from search_start(alone, unknown, seed, guess, is_sensible)
    middle = [*searches.values()][len(searches) // 2]
    if problem.curves == 1:
        return replace(problem, start=problem.project(middle.start[:, None])), middle
    found = torch.stack([search.start for search in searches.values()]).unique(dim=0)
    linear = linear_parameters(problem.formula, unknown, problem.parameters.tied)
    starts = [start[:, None].repeat(1, problem.curves) for start in found]
    own = [] if guessed is None else [*guessed.starts.clone()]
    best = yield from best_of(problem, [*own, *starts], linear)
    return replace(problem, start=problem.project(best)), middle


def best_of(problem: CurveProblem, starts: Sequence[Tensor], linear: Sequence[str]) -> Generator[None, None, Tensor]:
    """Return the start of each curve, (free, curves), that has the least loss with its `linear` parameters solved for.

    A curve at which none of `starts` (free, curves) each has a finite loss begins at the last. They are changed.
    """
    projected = Projected(tuple(problem.parameters.free.index(name) for name in linear))
    best, least = starts[-1].clone(), torch.full_like(problem.y[0], torch.inf)
    for candidates in starts:
        losses = solved(problem, candidates, projected)
        better = losses < least
        best, least = torch.where(better, candidates, best), torch.where(better, losses, least)
        yield
    return best


def _sampled(problem: CurveProblem, most: int) -> list[int]:
    """Return the numbers of at most so many curves, evenly chosen in the order of their ranges."""
    order = (problem.y.amax(0) - problem.y.amin(0)).argsort(stable=True)
    count = min(most, problem.curves)
    places = (torch.arange(count, dtype=torch.float64) + 0.5) * problem.curves / count
    chosen: list[int] = order[places.long().to(order.device)].tolist()
    return chosen
