"""Second tries of curves at which the start values that others found failed: each by a search of its own."""

from collections.abc import Callable, Collection, Generator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.curves import CurveResults
from app.fitting.formulas.linearity import linear_parameters
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.starts.of_curves import best_of
from app.fitting.starts.search import Search
from app.fitting.training import SUCCEEDED

ROUNDS, PER_ROUND = 6, 16
"""Most rounds of second tries, and most searches in each; of a block of curves no more are searched for."""
_UNEXPLAINED, _RATIO = 0.05, 4.0
"""Share of the scatter, and how many times that of the curve in the middle, from which on a curve's fit has failed."""

SearchAlone = Callable[[int], Generator[None, None, Search]]
"""Searches start values of one curve, given by its number in the problem."""
Trained = Callable[[CurveProblem], Generator[None, None, CurveResults]]
"""Trains curves from their start."""


def with_second_tries(
    problem: CurveProblem, results: CurveResults, unknown: Collection[str], search: SearchAlone, trained: Trained
) -> Generator[None, None, CurveResults]:
    """Return the results, better ones in place of those of curves at which the training failed.

    Curves fail that end without coefficients, or whose model leaves far more of the scatter of y than that of the curve
    in the middle. Some of them are searched for alone, and all of them are trained again from the best of what these
    searches found, in rounds, until none is left or the searches are used up.
    """
    searched: set[int] = set()
    for _ in range(ROUNDS):
        failed = _failed(problem, results)
        chosen = _spread([curve for curve in failed if curve not in searched], PER_ROUND)
        if not chosen:
            return results
        starts = yield from _searched(chosen, search)
        searched.update(chosen)
        posed = problem.take(torch.tensor(failed, device=problem.y.device))
        linear = linear_parameters(problem.formula, unknown, problem.parameters.tied)
        best = yield from best_of(posed, [start[:, None].repeat(1, len(failed)) for start in starts], linear)
        for start, curve in zip(starts, chosen, strict=True):
            best[:, failed.index(curve)] = start
        found = yield from trained(replace(posed, start=problem.project(best)))
        better = [place for place, curve in enumerate(failed) if _is_better(found, place, results, curve)]
        if better:
            results = results.with_others([failed[place] for place in better], found.take(better))
    return results


def _searched(curves: Sequence[int], search: SearchAlone) -> Generator[None, None, list[Tensor]]:
    """Return start values that are searched for on each of some curves, (free,) each."""
    starts = []
    for curve in curves:
        found = yield from search(curve)
        starts.append(found.start)
    return starts


def _failed(problem: CurveProblem, results: CurveResults) -> list[int]:
    """Return the numbers of the curves at which the training failed."""
    y, factor = problem.y, problem.factor
    weight = torch.ones_like(y) if factor is None else factor.square().expand_as(y)
    mean = (weight * y).sum(0) / weight.sum(0)
    of_constant = problem.loss_function.terms(mean.expand_as(y), y, factor).sum(0).double()
    left = torch.where(of_constant > 0, results.final_loss / of_constant, 0.0)
    bound = max(_UNEXPLAINED, _RATIO * left.nanmedian().item())
    without = torch.tensor([reason not in SUCCEEDED for reason in results.reasons], device=y.device)
    numbers: list[int] = (without | ~(left <= bound)).nonzero()[:, 0].tolist()
    return numbers


def _spread(curves: Sequence[int], most: int) -> list[int]:
    """Return at most so many of the curves, evenly chosen."""
    count = min(most, len(curves))
    return [curves[(2 * place + 1) * len(curves) // (2 * count)] for place in range(count)]


def _is_better(found: CurveResults, place: int, results: CurveResults, curve: int) -> bool:
    """Tell whether the second try of a curve is better than its first."""
    if found.reasons[place] not in SUCCEEDED:
        return False
    first = results.final_loss[curve].item() if results.reasons[curve] in SUCCEEDED else torch.inf
    return found.final_loss[place].item() < first
