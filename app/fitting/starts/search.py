"""A search for start values that nobody gave, by many candidates and short fits of the best.

The result depends on the problem and on a seed alone, not on the speed of the machine: a search made again finds the
same.
"""

from collections.abc import Collection, Generator
from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.curves.batches import tried_together
from app.fitting.formulas.linearity import linear_parameters
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.curve_problem import side_by_side
from app.fitting.problems.data import Data
from app.fitting.problems.losses import SumOfSquares
from app.fitting.problems.problem import Problem
from app.fitting.starts.plainness import Ranked, Size
from app.fitting.starts.pool import Pool
from app.fitting.statistics.whiteness import LEAST_POINTS, autocorrelation

MOST_POINTS = 400
"""Most points on which candidates are tried."""
FIRST_CANDIDATES, CANDIDATES = 1024, 8192
"""Number of candidates that are tried first, and in all where these lead to no sure minimum."""
_REFINED = 24
"""Number of candidates that are trained."""
_PLAINER = 8
"""Number of plainer candidates that are trained too, in each round."""
_ROUNDS = 6
"""Most rounds in which plainer candidates are trained."""
_STEPS, _TRIALS = 60, 300
"""Most steps, and most trials, of the training of a candidate."""
_PIECE_SECONDS = 0.1
_SAME = 1.001
"""Ratio of two losses up to which they are of one minimum."""
_SURE = 0.5
"""Share of the candidates that lead to one minimum where it is sure to be the best."""
_WHITE = 2.0
"""Most standard deviations by which the autocorrelation of the residuals may differ from that of noise there."""


def search_start(problem: Problem, unknown: Collection[str], seed: int) -> Generator[None, None, Tensor]:
    """Search for start values (free,) of the free parameters `unknown`, beginning at their start for the others.

    Unknown parameters in which the formula is linear are solved for (variable projection); the others are drawn, of
    either sign and over several decades about 1, the scales of x and y, and their reciprocals; the known ones stay at
    their start. All free parameters of the best candidates are then trained a few steps, and the plainest of those
    that are as good as any is the answer: known parameters that stayed behind would make worse starts of the others.
    Further candidates are drawn only where the first ones lead to no minimum that is sure to be the best. It is the
    start of the problem where nothing is unknown or no candidate has a finite loss.

    It is a generator that pauses between pieces of work of about 0.1 s, and returns the answer at its end. It looks at
    no more than MOST_POINTS points, and misses what only the points between them show, such as a very narrow peak.
    """
    if not unknown:
        return problem.start
    generator = torch.Generator().manual_seed(seed)
    small = _thinned(problem, generator)
    linear = linear_parameters(problem.formula, unknown, problem.parameters.tied)
    pool = Pool(small, unknown, linear, generator)
    candidates = yield from pool.tried(FIRST_CANDIDATES)
    starts = candidates.distinct(_REFINED)
    ends = yield from _trained(small, starts)
    if pool.is_endless and not _is_sure(small, ends, _SURE * len(starts)):
        candidates = candidates.joined((yield from pool.tried(CANDIDATES - FIRST_CANDIDATES)))
        ends = ends.joined((yield from _trained(small, candidates.distinct(_REFINED))))
    if not len(ends.losses):
        return problem.start
    return (yield from _plainest(small, candidates, ends, Size.near(small, ends.parameters[0], unknown, linear)))


def _thinned(problem: Problem, generator: torch.Generator) -> Problem:
    """Return the problem on at most MOST_POINTS points, in the order of the first variable.

    The points are divided into stretches of equally many, and one is drawn from each: among evenly chosen points a fast
    oscillation looks like a slow one.
    """
    data, points = problem.data, len(problem.data.y)
    if points <= MOST_POINTS:
        return problem
    order = next(iter(data.variables.values())).argsort(stable=True)
    places = torch.arange(MOST_POINTS) + torch.rand(MOST_POINTS, generator=generator, dtype=torch.float64)
    chosen = order[(places * (points / MOST_POINTS)).long().clamp(max=points - 1).to(order.device)]
    variables = {name: variable[chosen] for name, variable in data.variables.items()}
    factor = None if data.factor is None else data.factor[chosen]
    return replace(problem, data=Data(variables, data.y[chosen], factor, data.sigma_is_absolute))


def _trained(problem: Problem, starts: Tensor) -> Generator[None, None, Ranked]:
    """Return the parameters to which a few steps of Levenberg-Marquardt lead from each of `starts` (starts, free)."""
    if not len(starts):
        return Ranked.of(starts.new_empty(0), starts)
    curves = side_by_side(problem, problem.project(starts).T.contiguous())
    ends = yield from tried_together(curves, LevenbergMarquardt(), _STEPS, _TRIALS, _PIECE_SECONDS)
    return Ranked.of(ends.loss, ends.parameters.T)


def _is_sure(problem: Problem, ends: Ranked, enough: float) -> bool:
    """Tell whether `enough` of the candidates led to the best minimum, and it leaves nothing but noise.

    As there is no telling of other losses and of several variables what noise looks like, it is not sure there.
    """
    x, *others = problem.data.variables.values()
    of_squares = isinstance(problem.loss_function, SumOfSquares)
    if others or not of_squares or problem.points < LEAST_POINTS or not len(ends.losses):
        return False
    least = ends.losses[0]
    if least <= _negligible(problem):
        return True
    if int((ends.losses <= _SAME * least).sum()) < enough:
        return False
    residual = problem.residual(ends.parameters[0])[x.argsort(stable=True)]
    return bool(abs(autocorrelation(residual)) * problem.points**0.5 <= _WHITE)


def _negligible(problem: Problem) -> float:
    """Return the loss that is mere rounding."""
    y, factor = problem.data.y, problem.data.factor
    loss_of_constant: Tensor = problem.loss_function.terms(y.mean().expand_as(y), y, factor).sum()
    return torch.finfo(y.dtype).eps * loss_of_constant.nan_to_num().item()


def _plainest(problem: Problem, candidates: Ranked, ends: Ranked, size: Size) -> Generator[None, None, Tensor]:
    """Return parameters (free,) as good as the best of `ends`, by training plainer and plainer candidates."""
    nothing = _negligible(problem)
    plainest = ends.plainest(size, nothing)
    for _ in range(_ROUNDS):
        starts = torch.cat([candidates.plainer(size, plainest, _PLAINER), size.without_each(plainest)])
        ends = ends.joined((yield from _trained(problem, starts)))
        before, plainest = plainest, ends.plainest(size, nothing)
        if plainest.equal(before):
            break
    return plainest
