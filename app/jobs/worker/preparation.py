"""What a fit works out from its data before its first step: degree, start values, thresholds of a robust loss.

It is worked out in one way for one curve and for a block of many. Each part may take seconds; the work comes in
pieces, between which a worker says that it is alive.
"""

from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from torch import Tensor

from app.fitting.curves import CurveProblem
from app.fitting.formulas.series import highest_degree, series_formula
from app.fitting.optimizers import OPTIMIZERS
from app.fitting.problems.losses import LOSSES, make_loss, needs_threshold, robust_standard_deviation, weighted_residual
from app.fitting.problems.problem import Problem
from app.fitting.starts.degree import choose_degree
from app.fitting.starts.far_from_origin import refuse_far_from_origin
from app.fitting.starts.of_curves import SAMPLE, search_starts
from app.fitting.starts.search import Search, search_start
from app.fitting.starts.second_tries import SearchAlone
from app.fitting.starts.thresholds import settled
from app.jobs.data.columns import Arrays
from app.jobs.data.tensors import PaddedColumns
from app.jobs.fit.library import library_model
from app.jobs.fit.problem import padded_columns, problem_of, scale_of, with_threshold
from app.jobs.fit.result import Minimum, Selection, StartSearch, StoredResult
from app.jobs.fit.stored import StoredFit
from app.jobs.worker.canonical import canonical_of
from app.jobs.worker.guessing import guessed_of, judge_of
from app.schemas.model import OfLibrary, SeriesModel

Answer = TypeVar("Answer")
Pieces = Generator[None, None, Answer]
"""Work that stops for a moment now and then, and returns its answer."""

PIECE_SECONDS = 0.2
_SMALL = 0.01
"""Threshold of a search, as a share of the spread of the data: nearly the sum of absolute residuals."""


@dataclass(frozen=True)
class Prepared:
    """A problem that is ready for its first step, and what was worked out for it."""

    problem: CurveProblem
    model: str
    """Formula in the variables and parameters."""
    selection: Selection | None = None
    """How the degree of a series was chosen."""
    threshold: Tensor | None = None
    """Threshold of a robust loss, (curves,)."""
    search: StartSearch | None = None
    """How start values were searched for."""
    minima: list[Minimum] | None = None
    """The distinct minima that a search found, best first."""
    search_alone: SearchAlone | None = None
    """Searches start values of one of the curves, where such were searched for."""


def prepared(
    fit: StoredFit, arrays: Arrays, curves: range | None = None, places: Tensor | None = None
) -> Pieces[Prepared]:
    """Return the problem of one curve, or of some of many, ready for its first step.

    Of many, `places` are the numbers within `curves` of those that are posed; None: all are. Raises NotFiniteError for
    a number that no computer holds.
    """
    columns = padded_columns(fit, arrays, curves)
    if places is not None:
        columns = columns.take(places)
    model, selection = fit.formula, None
    if model is None:
        model, selection = _chosen(fit, columns)
        yield
    problem, search, minima, search_alone = yield from _started(fit, problem_of(fit, columns, model))
    problem, threshold = yield from _with_settled_loss(fit, problem)
    return Prepared(problem, model, selection, threshold, search, minima, search_alone)


def prepared_again(fit: StoredFit, arrays: Arrays, result: StoredResult) -> Prepared | None:
    """Return the problem of one curve as an earlier attempt prepared it; None if the result does not say how."""
    if result.start is None or result.model is None:
        return None
    problem, threshold = problem_of(fit, padded_columns(fit, arrays), result.model, result.start), None
    if result.threshold is not None:
        threshold = problem.start.new_full((1,), result.threshold)
        problem = with_threshold(fit, problem, threshold)
    return Prepared(problem, result.model, result.selection, threshold, result.search, result.minima)


def _chosen(fit: StoredFit, columns: PaddedColumns) -> tuple[str, Selection]:
    """Return a series of the degree that the data choose, and how they chose it."""
    model = fit.model
    if not isinstance(model, SeriesModel):
        raise TypeError("only a series leaves its degree to the data")
    ((name, x),) = ((name, column[:, 0]) for name, column in columns.variables.items())
    factor = None if columns.factor is None else columns.factor[:, 0]
    scale = scale_of(model, x, name)
    highest = min(model.max_degree, highest_degree(model.series, scale))
    choice = choose_degree(model.series, x, columns.y[:, 0], factor, highest, model.criterion, scale)
    selection = Selection(model.criterion, choice.degree, list(choice.scores))
    return series_formula(model.series, choice.degree, scale), selection


Started = tuple[CurveProblem, StartSearch | None, list[Minimum] | None, SearchAlone | None]


def _started(fit: StoredFit, problem: CurveProblem) -> Pieces[Started]:
    """Return the problem with start values where they are left to us and needed, and how they were searched for.

    They are searched for on a few curves; those of a model of the library are guessed for each curve first.
    """
    free = problem.parameters.free
    # The coefficients of a series whose degree was chosen are in no request.
    unknown = [name for name in free if name in fit.parameters and fit.parameters[name].start == "auto"]
    if not unknown or OPTIMIZERS[fit.hyperparameters.optimizer].solves_directly:
        return problem, None, None, None
    posed, guessed, is_sensible = partial(_bearing_outliers, fit), None, None
    if isinstance(fit.model, OfLibrary):
        yield
        model = library_model(fit.model, tuple(problem.variables))
        guessed = yield from guessed_of(model, problem, unknown)
        is_sensible = judge_of(model, problem)
    # What all curves share begins at the mean of their start values, which must be of one valley.
    sample = 1 if fit.shared else SAMPLE
    started, search = yield from search_starts(problem, unknown, fit.seed, posed, sample, guessed, is_sensible)
    if problem.curves == 1 and not isinstance(fit.model, OfLibrary):
        yield from refuse_far_from_origin(posed(problem.alone(0)), unknown, fit.seed, search)
    started = replace(started, start=canonical_of(fit, started)(started.start))
    effort = StartSearch(unknown, fit.seed, search.candidates, search.trained, search.points)
    minima = [
        Minimum(problem.parameters.coefficients(parameters), loss)
        for parameters, loss in zip(search.minima.parameters, search.minima.losses.tolist(), strict=True)
    ]

    def search_alone(curve: int) -> Pieces[Search]:
        alone = posed(problem.alone(curve))
        guess = None if guessed is None else guessed.of(curve, alone)
        return search_start(alone, unknown, fit.seed, guess, is_sensible)

    return started, effort, minima, search_alone


def _bearing_outliers(fit: StoredFit, problem: Problem) -> Problem:
    """Return the problem with a loss that outliers don't lead, if that of the fit is robust."""
    if not needs_threshold(fit.loss.name):
        return problem
    data = problem.data
    spread = robust_standard_deviation(weighted_residual(data.y.median(), data.y, data.factor)).item()
    return replace(problem, loss_function=make_loss("huber", _SMALL * spread or 1.0))


def _with_settled_loss(fit: StoredFit, problem: CurveProblem) -> Pieces[tuple[CurveProblem, Tensor | None]]:
    """Return the problem with its robust loss, and the threshold of each curve."""
    name = fit.loss.name
    if not needs_threshold(name):
        return problem, None
    threshold = fit.loss.threshold if isinstance(fit.loss.threshold, int | float) else None
    # A redescending loss has several minima: who ends at the nearest needs a start in the right valley.
    needs_minimum = LOSSES[name].redescending and OPTIMIZERS[fit.hyperparameters.optimizer].ends_at_a_minimum
    robustness = yield from settled(problem, name, threshold, needs_minimum, PIECE_SECONDS)
    if needs_minimum:
        problem = replace(problem, start=robustness.parameters)
    return with_threshold(fit, problem, robustness.threshold), robustness.threshold
