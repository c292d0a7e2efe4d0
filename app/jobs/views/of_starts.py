"""A model at its start values beside the data, before anything is fitted."""

from array import array
from collections.abc import Collection, Generator
from typing import Any, TypeVar

from torch import Tensor

from app.fitting.formulas.series import SeriesError
from app.fitting.optimizers import OPTIMIZERS
from app.fitting.problems.data import Data, NotFiniteError
from app.fitting.problems.problem import Problem
from app.fitting.statistics import bands
from app.jobs.data.columns import LENGTHS, SIGMA
from app.jobs.errors import InvalidRequestError, WrongField
from app.jobs.fit.problem import curve_alone, padded_columns, path_of
from app.jobs.fit.stored import StoredFit
from app.jobs.submission.resolve import Submission, resolve
from app.jobs.views.points import Points, grid, listed
from app.jobs.worker.preparation import prepared
from app.schemas.request import FitRequest
from app.settings import Settings

Answer = TypeVar("Answer")

MOST_POINTS = 2_000
"""Most points that are told."""
_GRID = 300
_SOLVED = "the model is linear in its parameters: it is solved for directly and needs no start values"
_NO_DEGREE = "the degree is chosen from the data when it is fitted"


def evaluation_of(request: FitRequest, settings: Settings, devices: Collection[str]) -> dict[str, Any]:
    """Return the fields of `app.schemas.view.Evaluation`; of many curves, those of the first that has points.

    Raises InvalidRequestError for a request that can't be carried out, and for one without a number where one is
    needed.
    """
    submission = resolve(request, settings, devices)
    try:
        return _evaluated(request, submission)
    except NotFiniteError as error:
        path = ("model",) if error.field == "model" else ("target", error.field)
        raise InvalidRequestError([WrongField(path, str(error))]) from None
    except SeriesError as error:
        raise InvalidRequestError([WrongField(path_of(error), str(error))]) from None


def needs_search(request: FitRequest) -> bool:
    """Tell whether start values may have to be searched for, which takes a moment."""
    given = request.given_parameters
    return not given or any(
        isinstance(each, str) or getattr(each, "start", each) in (None, "auto") for each in given.values()
    )


def _evaluated(request: FitRequest, submission: Submission) -> dict[str, Any]:
    fit, curves = submission.fit, _first_with_points(submission)
    message = _needs_no_start(request, fit)
    problem = None if message else _started(fit, submission.arrays, curves)
    data = _data(fit, submission.arrays, curves) if problem is None else problem.data
    variables = {name: column.double() for name, column in data.variables.items()}
    name, x_label = next(iter(variables)), next(iter(variables))
    values = None if problem is None else _values(problem, variables)
    x = variables[name]
    if len(variables) > 1:
        x_label, x = "fitted value", data.y.double() if values is None else values
    at = grid(x.min().item(), x.max().item(), _GRID)
    drawn = None if problem is None else at if len(variables) > 1 else _values(problem, {name: at})
    shown = Points.of(data, x, values)
    return {
        "object": "evaluation",
        "start": _told(fit, problem),
        "x_label": x_label,
        "y_label": fit.response or "y",
        "total_points": len(shown.x),
        "points": shown.thinned(MOST_POINTS).to_json(SIGMA in submission.arrays),
        "line": None if drawn is None else {"x": at.tolist(), "y": listed(drawn)},
        "message": message,
    }


def _needs_no_start(request: FitRequest, fit: StoredFit) -> str | None:
    """Return why a fit has no start values that are worth a look, in words; None where it has."""
    if fit.formula is None:
        return _NO_DEGREE
    given = request.given_parameters
    are_given = all(isinstance(getattr(given.get(name), "start", given.get(name)), float) for name in fit.parameters)
    return _SOLVED if OPTIMIZERS[fit.hyperparameters.optimizer].solves_directly and not are_given else None


def _first_with_points(submission: Submission) -> range | None:
    """Return the first of many curves that has points, None for the only curve of a fit."""
    if submission.fit.curves is None:
        return None
    lengths = submission.arrays.get(LENGTHS)
    first = 0 if lengths is None else next(place for place, length in enumerate(lengths) if length)
    return range(first, first + 1)


def _data(fit: StoredFit, arrays: "dict[str, array[float]]", curves: range | None) -> Data:
    columns = padded_columns(fit, arrays, curves)
    variables = {name: column[:, 0] for name, column in columns.variables.items()}
    return Data(variables, columns.y[:, 0], None if columns.factor is None else columns.factor[:, 0])


def _started(fit: StoredFit, arrays: "dict[str, array[float]]", curves: range | None) -> Problem:
    """Return the problem of one curve with its start values, found where they are left to us."""
    if curves is None and all(parameter.start != "auto" for parameter in fit.parameters.values()):
        return curve_alone(fit, arrays)
    return _done(prepared(fit, arrays, curves)).problem.alone(0)


def _done(pieces: Generator[None, None, Answer]) -> Answer:
    """Do pieces of work to the end, and return their answer."""
    while True:
        try:
            next(pieces)
        except StopIteration as stop:
            answer: Answer = stop.value
            return answer


def _values(problem: Problem, variables: dict[str, Tensor]) -> Tensor:
    """Return the model (points,) at its start values."""
    start = problem.start.double()
    values, _ = bands.predict(problem.formula, problem.parameters, start, variables, None, 0.5)
    return values


def _told(fit: StoredFit, problem: Problem | None) -> dict[str, float | None]:
    """Return the start value of each parameter that is fitted."""
    if problem is None:
        return dict.fromkeys(fit.parameters)
    return dict(zip(problem.parameters.free, problem.start.tolist(), strict=True))
