"""The fit that a well-formed request asks for: defaults filled in, and checked where a schema can't."""

from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.fitting.formulas.formula import Formula, parse
from app.fitting.formulas.linearity import affine_form
from app.fitting.library import Bounds
from app.fitting.optimizers import automatic
from app.fitting.optimizers.base import Task
from app.fitting.optimizers.gradient_descent import GradientDescent
from app.jobs.data.columns import StoredData, to_stored
from app.jobs.errors import InvalidRequestError, WrongField
from app.jobs.fit.stored import StoredFit
from app.jobs.submission.checks import (
    task_of,
    wrong_automatic_degree,
    wrong_counts,
    wrong_device,
    wrong_optimizer,
    wrong_parameters,
    wrong_shared,
    wrong_steps,
)
from app.jobs.submission.expected_memory import wrong_memory
from app.jobs.submission.expected_work import expected_seconds
from app.jobs.submission.misreadings import misreadings
from app.jobs.submission.models import bounds_of, formula_of
from app.jobs.submission.targets import curves_of, first_variable, variables_of, wrong_target
from app.schemas.hyperparameters import SCHEMAS, Auto, Hyperparameters
from app.schemas.model import NamedModel
from app.schemas.request import TUTORIAL_MODEL, TUTORIAL_START, FitRequest, Parameter
from app.schemas.target import FunctionTarget
from app.settings import Settings


@dataclass(frozen=True)
class Submission:
    """A fit ready to be stored."""

    fit: StoredFit
    arrays: dict[str, "array[float]"]
    """Measured data, by field and name."""
    metadata: dict[str, str]
    expected_seconds: float | None = None
    """Seconds of work that it will roughly take; None where nobody knows."""

    @property
    def in_blocks(self) -> bool:
        """Tell whether its data are kept in blocks."""
        return isinstance(self.fit.target, StoredData) and self.fit.target.in_blocks

    @property
    def labels(self) -> list[str] | None:
        """Return the labels of its curves."""
        return self.fit.target.labels if isinstance(self.fit.target, StoredData) else None

    @property
    def size(self) -> int:
        """Return how many bytes its numbers take."""
        return sum(values.itemsize * len(values) for values in self.arrays.values())

    def to_json(self) -> dict[str, Any]:
        """Return the fit as JSON for the table, without what is kept in blocks."""
        request = self.fit.to_json()
        if self.in_blocks:
            request["target"]["labels"] = None
        return request


def resolve(request: FitRequest, settings: Settings, devices: Collection[str]) -> Submission:
    """Return the fit of a request, with everything filled in that it left open.

    Raises InvalidRequestError with every field that can't be carried out.
    """
    target, arrays = (request.target, {}) if isinstance(request.target, FunctionTarget) else to_stored(request.target)
    _raise_if_any(
        wrong_device(request, devices),
        wrong_steps(request, settings),
        wrong_target(target, arrays, request.dtype, settings),
    )
    variables, curves = variables_of(request.target), curves_of(request.target)
    formula = formula_of(request.model, variables, first_variable(request.target))
    parsed = None if formula is None else parse(formula, variables)
    parameters = {} if parsed is None else _parameters(request, parsed, bounds_of(request.model, variables))
    is_linear = parsed is None or affine_form(parsed, *_free_and_tied(parameters)) is not None
    task = task_of(request, parameters, is_linear)
    _raise_if_any(
        wrong_automatic_degree(request, curves)
        if parsed is None
        else wrong_parameters(request, parsed.parameters, parameters),
        misreadings(request, variables),
        wrong_counts(request),
        wrong_optimizer(request, task),
        wrong_shared(parameters, curves),
    )
    fit = StoredFit(
        target=target,
        model=request.model,
        formula=formula,
        parameters=parameters,
        hyperparameters=_hyperparameters(request, task),
        loss=request.loss.resolved(),
        confidence=request.confidence,
        seed=request.seed,
        device=request.device,
        dtype=request.dtype,
    )
    _raise_if_any(wrong_memory(fit, settings))
    return Submission(fit, arrays, request.metadata, expected_seconds(fit))


def _raise_if_any(*groups: Iterable[WrongField]) -> None:
    wrong = [field for group in groups for field in group]
    if wrong:
        raise InvalidRequestError(wrong)


def _parameters(request: FitRequest, formula: Formula, bounds: Mapping[str, Bounds]) -> dict[str, Parameter]:
    defaults: dict[str, float] = TUTORIAL_START if request.model == TUTORIAL_MODEL else {}
    guessed = isinstance(request.model, NamedModel)
    resolved = {}
    for name in formula.parameters:
        wanted = request.parameters.get(name, Parameter())
        parameter = wanted if isinstance(wanted, Parameter) else Parameter(start=wanted)
        parameter = _bounded(parameter, bounds[name]) if name in bounds else parameter
        resolved[name] = parameter.with_default_start("auto" if guessed else defaults.get(name, 1.0))
    return resolved


def _bounded(parameter: Parameter, bounds: Bounds) -> Parameter:
    """Return a parameter with natural bounds, if it is free, has no bounds of its own and starts within these."""
    lower, upper = bounds
    is_free = not parameter.fixed and parameter.tied is None
    own = parameter.lower is not None or parameter.upper is not None
    start = parameter.start if isinstance(parameter.start, float) else None
    within = start is None or ((lower is None or lower <= start) and (upper is None or start <= upper))
    return (
        parameter.model_copy(update={"lower": lower, "upper": upper}) if is_free and within and not own else parameter
    )


def _free_and_tied(parameters: Mapping[str, Parameter]) -> tuple[list[str], dict[str, Formula]]:
    tied = {name: parse(parameter.tied) for name, parameter in parameters.items() if parameter.tied is not None}
    return [name for name, parameter in parameters.items() if name not in tied and not parameter.fixed], tied


def _hyperparameters(request: FitRequest, task: Task) -> Hyperparameters:
    chosen = request.hyperparameters
    if not isinstance(chosen, Auto):
        return chosen
    optimizer = GradientDescent if _is_tutorial(request) else automatic(task)
    steps = {} if optimizer.solves_directly else {"steps": chosen.steps}
    return SCHEMAS[optimizer.name](optimizer=optimizer.name, max_seconds=chosen.max_seconds, **steps)


def _is_tutorial(request: FitRequest) -> bool:
    return request.model == TUTORIAL_MODEL and request.target == FunctionTarget() and request.loss.name == "squares"
