"""What a fit needs to know before its first step, and works out from its data: degree, start values, threshold.

Each of these may take seconds; the work comes in pieces, between which a worker says that it is alive.
"""

from collections.abc import Collection, Generator
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from torch import Tensor

from app.fitting.formulas.formula import parse
from app.fitting.formulas.series import highest_degree, series_formula
from app.fitting.library import resolve_model
from app.fitting.optimizers import OPTIMIZERS
from app.fitting.problems.data import Data
from app.fitting.problems.losses import LOSSES, make_loss, needs_threshold, robust_standard_deviation, weighted_residual
from app.fitting.problems.problem import Problem, start_vector
from app.fitting.starts.degree import choose_degree
from app.fitting.starts.search import search_start
from app.fitting.starts.thresholds import settled
from app.jobs.fit.problem import data_of, parameters_of, start_values
from app.jobs.store.attempts import Work
from app.jobs.submission.models import scale_of
from app.schemas.model import SeriesModel

Answer = TypeVar("Answer")

PIECE_SECONDS = 0.2
_SMALL = 0.01
"""Threshold of a search, as a share of the spread of the data: nearly the sum of absolute residuals."""


@dataclass(frozen=True)
class Notes:
    """What was worked out, as it stands in the result; a worker that takes the fit over does not work it out again."""

    model: str
    """Formula in the variables and parameters."""
    start: dict[str, float]
    """Start value of each free parameter."""
    selection: dict[str, Any] | None = None
    """Of a series with an automatic degree: criterion, degree, scores."""
    threshold: float | None = None
    """Of a robust loss."""

    @classmethod
    def of(cls, result: dict[str, Any]) -> "Notes":
        """From the result of an earlier attempt."""
        return cls(**{name: result[name] for name in cls.__dataclass_fields__})

    def as_json(self) -> dict[str, Any]:
        """For the result."""
        return asdict(self)


Pieces = Generator[None, None, Answer]
"""Work that stops for a moment now and then, and returns its answer."""


def prepared(work: Work) -> Pieces[tuple[Problem, Notes]]:
    """The problem of a fit and the notes on it. Raises NotFiniteError."""
    data = data_of(work.request, work.arrays)
    if work.result is not None and "start" in work.result:
        notes = Notes.of(work.result)
        return posed(work.request, data, notes.model, notes.start, notes.threshold), notes
    text, selection = work.request.get("formula") or work.request["model"], None
    if not isinstance(text, str):
        text, selection = _chosen(SeriesModel(**text), data)
        yield
    problem = yield from _started(work, posed(work.request, data, text, {}, None))
    problem, threshold = yield from _settled(work, problem)
    start = dict(zip(problem.parameters.free, problem.start.tolist(), strict=True))
    return problem, Notes(text, start, selection, threshold)


def posed(request: dict[str, Any], data: Data, text: str, start: dict[str, float], threshold: float | None) -> Problem:
    """The problem of a stored request, with what of its formula, start values and threshold was worked out."""
    formula = parse(text, data.variables)
    parameters = parameters_of(formula.parameters, request["parameters"])
    start = start_values(parameters.free, request["parameters"]) | start
    vector = start_vector(parameters, start, data.y.dtype, request["device"])
    loss = request.get("loss", {"name": "squares"})["name"]
    # Until it has its threshold, a robust loss is a sum of squares.
    function = make_loss("squares" if needs_threshold(loss) and threshold is None else loss, threshold)
    return Problem(formula, data, parameters, vector, function)


def _chosen(model: SeriesModel, data: Data) -> tuple[str, dict[str, Any]]:
    ((name, x),) = data.variables.items()
    scale = scale_of(model, x, name)
    most = min(model.max_degree, highest_degree(model.series, scale))
    choice = choose_degree(model.series, x, data.y, data.factor, most, model.criterion, scale)
    selection = {"criterion": model.criterion, "degree": choice.degree, "scores": list(choice.scores)}
    return series_formula(model.series, choice.degree, scale), selection


def _started(work: Work, problem: Problem) -> Pieces[Problem]:
    """With start values where they are left to us and needed."""
    wanted = {name for name, given in work.request["parameters"].items() if given["start"] == "auto"}
    unknown = wanted & set(problem.parameters.free)
    if not unknown or OPTIMIZERS[work.request["hyperparameters"]["optimizer"]].solves_directly:
        return problem
    model = work.request["model"]
    if isinstance(model, dict) and "name" in model:
        yield
        found = _guessed(model, problem, unknown)
    else:
        posed = searched(problem, work.request["loss"]["name"])
        found = yield from search_start(posed, unknown, work.request["seed"])
    return replace(problem, start=problem.project(found))


def searched(problem: Problem, loss: str) -> Problem:
    """With a loss for a search; outliers must not lead that of a robust fit, whose threshold is not known yet."""
    if not needs_threshold(loss):
        return problem
    data = problem.data
    spread = robust_standard_deviation(weighted_residual(data.y.median(), data.y, data.factor)).item()
    return replace(problem, loss_function=make_loss("huber", _SMALL * spread or 1.0))


def _guessed(model: dict[str, Any], problem: Problem, unknown: Collection[str]) -> Tensor:
    options = {key: value for key, value in model.items() if key != "name"}
    named = resolve_model(model["name"], options, tuple(problem.data.variables))
    guess = named.guess(problem.data.variables, problem.data.y)
    values = dict(zip(problem.parameters.free, problem.start.tolist(), strict=True))
    values |= {name: float(guess[name]) for name in unknown}
    return start_vector(problem.parameters, values, problem.start.dtype, str(problem.start.device))


def _settled(work: Work, problem: Problem) -> Pieces[tuple[Problem, float | None]]:
    """With its robust loss, and the threshold of that."""
    loss = work.request.get("loss", {"name": "squares"})
    if not needs_threshold(loss["name"]):
        return problem, None
    threshold = None if loss["threshold"] == "auto" else loss["threshold"]
    optimizer = OPTIMIZERS[work.request["hyperparameters"]["optimizer"]]
    descends = LOSSES[loss["name"]].redescending and optimizer.ends_at_a_minimum
    if threshold is None or descends:
        found = yield from settled(problem, loss["name"], threshold, PIECE_SECONDS)
        threshold = found.threshold
        problem = replace(problem, start=found.parameters) if descends else problem
    return replace(problem, loss_function=make_loss(loss["name"], threshold)), threshold
