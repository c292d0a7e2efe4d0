"""A search for start values that nobody gave, by many candidates and short fits of the best.

The result depends on the problem and on a seed alone, not on the speed of the machine: a search made again finds the
same.
"""

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.curves.batches import tried_together
from app.fitting.formulas.linearity import linear_parameters, tree_of
from app.fitting.optimizers.levenberg_marquardt.optimizer import LevenbergMarquardt
from app.fitting.problems.curve_problem import side_by_side
from app.fitting.problems.problem import Problem
from app.fitting.starts.like_terms import like_terms
from app.fitting.starts.plainness import Ranked, Size, calmest, least_cancelling
from app.fitting.starts.pool import Pool
from app.fitting.starts.pursuit import Pursuit
from app.fitting.starts.residuals import far_from_noise, negligible
from app.fitting.starts.roles import roles_of
from app.fitting.starts.thinning import thinned
from app.fitting.statistics.whiteness import FAR

STAGES = (256, 768, 3072, 4096)
"""Numbers of candidates that are tried one after another, as long as no minimum is sure to be the best."""
_REFINED, _SPREAD = 16, 8
"""Numbers of the best candidates, and of others from among the better half, that are trained in each stage."""
_PLAINER = 8
"""Number of plainer candidates that are trained too, in each round."""
_ROUNDS = 6
"""Most rounds in which plainer candidates are trained."""
_STEPS, _TRIALS = 60, 300
"""Most steps, and most trials, of the training of a candidate."""
_TOGETHER = 2
"""Most terms that are alike of which draws of all at once are tried first."""
_SINGLE = 512
"""Number of candidates from which terms that are alike are taken, each by itself."""
_ANEW = 3
"""Most times that further guesses are made from the best end."""
_PIECE_SECONDS = 0.1
SAME = 1.001
"""Ratio of two losses up to which they are of one minimum."""
_FEW = 3
"""Candidates that have to lead to one minimum where it leaves nothing but noise."""
_SURE = 0.5
"""Share of the candidates that have to lead to one minimum where nothing tells what noise looks like."""
_WHITE = 2.0
"""Standard deviations by which the autocorrelation of the residuals may differ from that of noise."""
_NOT_SENSIBLE = 1.5
"""Factor by which a loss must be less to be taken where a model is not what people mean by it."""
MOST_MINIMA = 5
"""Most distinct minima that are told."""


@dataclass(frozen=True)
class Search:
    """What a search found, and how much it tried."""

    start: Tensor
    """Start values of the free parameters, (free,)."""
    minima: Ranked
    """The best distinct ends of candidates, at most MOST_MINIMA; none where nothing was searched for."""
    candidates: int
    """Number of candidates that were tried."""
    trained: int
    """Number of candidates that were trained."""
    points: int
    """Number of points that were looked at."""
    is_sure: bool
    """Whether the best minimum leaves nothing but noise, or was found again and again."""


Judge = Callable[[Tensor], Tensor]
"""Tells which parameters (any, free) are what people mean by a model, (any,)."""


@dataclass(frozen=True)
class Guessed:
    """Start values that were guessed from the data."""

    starts: Tensor
    """The values, (any, free)."""
    anew: Callable[[Tensor], Generator[None, None, Tensor]] | None = None
    """Returns further ones (any, free) from the end (free,) to which the best led, and pauses between pieces of work;
    None: there are none."""


def search_start(
    problem: Problem,
    unknown: Collection[str],
    seed: int,
    guessed: Guessed | None = None,
    is_sensible: Judge | None = None,
) -> Generator[None, None, Search]:
    """Search for start values of the free parameters `unknown`, beginning at their start for the others.

    Unknown parameters in which the formula is linear are solved for (variable projection); the others are drawn, by
    their roles in the formula and the scales of the data. All free parameters of the best candidates are then trained a
    few steps: known parameters that stayed behind would make worse starts of the others. Further candidates are drawn
    only where the first ones lead to no minimum that is sure to be the best. Of ends that are as good, that is taken
    whose model moves least between the points, and then the plainest. The start is that of the problem where nothing
    is unknown or no candidate has a finite loss.

    Starts that were `guessed` are trained first, and further ones as long as these lead to a better end; what they lead
    to may be sure. Ends that are not sensible are taken only where they are clearly better than all that are.

    It is a generator that pauses between pieces of work of about 0.1 s, and returns the answer at its end. It looks at
    no more than MOST_POINTS points, and misses what only the points between them show, such as a very narrow peak.
    """
    searched = _Searched(problem, unknown, seed, guessed, is_sensible)
    if unknown:
        yield from searched.to_the_end()
    return searched.found()


class _Searched:
    """A search under way."""

    def __init__(
        self,
        problem: Problem,
        unknown: Collection[str],
        seed: int,
        guessed: Guessed | None,
        is_sensible: Judge | None,
    ) -> None:
        self._guessed, self._is_sensible = guessed, is_sensible
        generator = torch.Generator().manual_seed(seed)
        self._whole, self._unknown = problem, unknown
        self._problem = thinned(problem, generator)
        self._linear = linear_parameters(problem.formula, unknown, problem.parameters.tied)
        tree = tree_of(problem.formula, problem.parameters.tied)
        self._roles = roles_of(tree, problem.data.variables)
        self._pool = Pool(self._problem, unknown, self._linear, self._roles, generator)
        terms = like_terms(tree, problem.data.variables, self._pool.drawn, self._linear)
        self._pursuit = Pursuit(self._problem, self._linear, terms, generator)
        nothing = Ranked.none(problem.start)
        self._candidates, self._ends, self._chosen = nothing, nothing, problem.start
        self._tried = self._trained = 0
        self._sure = False

    def to_the_end(self) -> Generator[None, None, None]:
        """Try candidates until the best minimum is sure or all stages are over, then choose the plainest that is it."""
        if self._guessed is not None:
            yield from self._try_guesses(self._guessed)
            if self._is_sure(self._ends, self._ends.losses[:0], 1):
                self._chosen, self._sure = self._ends.parameters[0], True
                return
        for stage in STAGES:
            candidates = yield from self._pool.tried(stage)
            self._tried += stage if self._pool.is_endless else 1
            self._candidates = self._candidates.joined(candidates)
            if len(self._pursuit.terms) > _TOGETHER and (yield from self._pursue()):
                break
            starts = candidates.distinct(_REFINED, _SPREAD)
            before = self._ends.losses[:1]
            ends = yield from self._train(starts)
            self._ends = self._ends.joined(ends)
            self._sure = not self._pool.is_endless or self._is_sure(ends, before, len(starts))
            if stage == STAGES[0] and len(self._pursuit.terms) == _TOGETHER and self._may_miss_a_term():
                self._sure = yield from self._pursue()
            if self._sure:
                break
        if len(self._ends.losses):
            yield from self._choose()

    def _pursue(self) -> Generator[None, None, bool]:
        """Train start values of terms that are alike, and tell whether the best minimum is sure."""

        def anew(end: Tensor) -> Generator[None, None, Tensor]:
            further = self._pursuit.exchanged(end, self._pool.candidates(_SINGLE))
            yield
            return self._pool.solved(further)

        before, bases = self._ends.losses[:1], self._candidates.distinct(_REFINED, 0)
        starts = self._pool.solved(self._pursuit.starts(bases, self._pool.candidates(_SINGLE)))
        yield from self._try_guesses(Guessed(starts, anew))
        self._sure = self._is_sure(self._ends, before, 2 * _FEW)
        return self._sure

    def _try_guesses(self, guessed: Guessed) -> Generator[None, None, None]:
        self._ends = self._ends.joined((yield from self._train(guessed.starts)))
        for _ in range(_ANEW):
            if guessed.anew is None or not len(self._ends.losses):
                break
            least = self._ends.losses[0]
            further = yield from guessed.anew(self._ends.parameters[0])
            self._ends = self._ends.joined((yield from self._train(further)))
            if not self._ends.losses[0] * SAME < least:
                break

    def _may_miss_a_term(self) -> bool:
        """Tell whether terms that are alike need a search of their own; a second oscillation may look like noise."""
        return self._roles.oscillates or not self._sure

    def found(self) -> Search:
        """Return the result."""
        minima = self._ends.distinct_minima(SAME, MOST_MINIMA)
        is_other = self._problem is not self._whole or self._is_sensible is not None
        if is_other and len(minima.losses):
            with torch.no_grad():
                losses = torch.stack([self._whole.loss(parameters) for parameters in minima.parameters])
            minima = Ranked.of(losses, minima.parameters)
        start = self._pool.upright(self._chosen) if len(minima.losses) else self._chosen
        return Search(start, minima, self._tried, self._trained, self._problem.points, self._sure)

    def _train(self, starts: Tensor) -> Generator[None, None, Ranked]:
        """Return the parameters to which a few steps of Levenberg-Marquardt lead from `starts` (starts, free)."""
        if not len(starts):
            return Ranked.none(starts)
        self._trained += len(starts)
        curves = side_by_side(self._problem, self._problem.project(starts).T.contiguous())
        ends = yield from tried_together(curves, LevenbergMarquardt(), _STEPS, _TRIALS, _PIECE_SECONDS)
        parameters = ends.parameters.T
        if self._is_sensible is None:
            return Ranked.of(ends.loss, parameters)
        return Ranked.of(torch.where(self._is_sensible(parameters), 1.0, _NOT_SENSIBLE) * ends.loss, parameters)

    def _is_sure(self, ends: Ranked, before: Tensor, starts: int) -> bool:
        """Tell whether the best minimum so far is sure to be the best of all.

        It has to be sensible. It is sure where enough of the `starts` of the last stage led to it and it leaves nothing
        but noise. Where that is open, as with other losses, several variables and few points, it has to be the best of
        the stage before, whose best loss is `before` (1,), as well.
        """
        if not len(self._ends.losses):
            return False
        least, parameters = self._ends.losses[0], self._ends.parameters[0]
        if self._is_sensible is not None and not bool(self._is_sensible(parameters[None])):
            return False
        if least <= negligible(self._problem):
            return True
        reached = int((ends.losses <= SAME * least).sum())
        far = far_from_noise(self._problem, parameters)
        if far is not None and far <= _WHITE:
            return reached >= min(_FEW, starts)
        is_confirmed = len(before) > 0 and bool((before <= SAME * least).all())
        return is_confirmed and reached >= min(_FEW, _SURE * starts) and (far is None or far <= FAR)

    def _choose(self) -> Generator[None, None, None]:
        """Choose parameters as good as the best end: calm between the points, hardly cancelling, and then plainest.

        An oscillation has aliases, which are as good at all points: there, plainer and plainer candidates are trained.
        """
        good = self._as_good()
        if len(good) == 1 and not self._roles.oscillates:
            self._chosen = good[0]
            return
        size = Size.near(self._problem, self._ends.parameters[0], self._unknown, self._linear)
        self._chosen = size.plainest(good)
        for _ in range(_ROUNDS if self._roles.oscillates else 0):
            plainer = self._candidates.plainer(size, self._chosen, _PLAINER)
            starts = torch.cat([plainer, size.without_each(self._chosen)])
            self._ends = self._ends.joined((yield from self._train(starts)))
            before, self._chosen = self._chosen, size.plainest(self._as_good())
            if self._chosen.equal(before):
                break

    def _as_good(self) -> Tensor:
        """Return the ends that are as good as the best, calm between the points, and cancel least, (any, free)."""
        calm = calmest(self._problem, self._ends.as_good_as_the_best(negligible(self._problem)))
        return least_cancelling(self._problem, calm, self._linear)
