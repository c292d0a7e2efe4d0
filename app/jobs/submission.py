"""From a well-formed request to a fit that can be trained: defaults resolved, and checked what a schema can't."""

from array import array
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.fitting.formula import Formula, FormulaError, parse
from app.fitting.parameters import Parameters, parse_tie
from app.fitting.problem import DTYPES, NotFiniteError, measured_data, sampled_function, start_vector
from app.jobs.errors import InvalidRequestError, WrongField
from app.schemas.hyperparameters import Auto, GradientDescent, Hyperparameters, LevenbergMarquardt
from app.schemas.request import TUTORIAL_MODEL, TUTORIAL_START, FitRequest, Parameter
from app.schemas.target import DataTarget, FunctionTarget
from app.settings import Settings

POINTS_TRIED = 10_000
"""Points at which a target function is tried before it is accepted; its worker tries them all."""
MOST_NAMES = 5
"""Parameters that an error names."""


@dataclass(frozen=True)
class Submission:
    """A fit ready to be stored."""

    request: dict[str, Any]
    """The resolved request as JSON, without the arrays."""
    arrays: dict[str, "array[float]"]
    metadata: dict[str, str]


def resolve(request: FitRequest, settings: Settings, devices: Collection[str]) -> Submission:
    """Fill in what was left open. Raises InvalidRequestError with every field that can't be carried out."""
    formula = parse(request.model, _variables(request))
    parameters = _parameters(request, formula)
    wrong = [
        *_wrong_device(request, devices),
        *_wrong_steps(request, settings),
        *_wrong_parameters(request, formula, parameters),
        *_wrong_target(request, settings),
    ]
    if wrong:
        raise InvalidRequestError(wrong)
    resolved = request.model_copy(update={"parameters": parameters, "hyperparameters": _hyperparameters(request)})
    as_json = resolved.model_dump(mode="json", exclude={"target", "metadata"})
    target = request.target
    if isinstance(target, FunctionTarget):
        return Submission({"target": target.model_dump(), **as_json}, {}, request.metadata)
    arrays = {
        f"{field}.{name}": array("d", column)
        for field, named in target.columns.items()
        for name, column in named.items()
    }
    rest = {"points": len(target.y), "several": isinstance(target.x, dict)}
    rest |= target.model_dump(include={"sigma_absolute", "response"})
    return Submission({"target": rest, **as_json}, arrays, request.metadata)


def _variables(request: FitRequest) -> tuple[str, ...]:
    return tuple(request.target.variables) if isinstance(request.target, DataTarget) else ("x",)


def _parameters(request: FitRequest, formula: Formula) -> dict[str, Parameter]:
    defaults = TUTORIAL_START if request.model == TUTORIAL_MODEL else {}
    resolved = {}
    for name in formula.parameters:
        given = request.parameters.get(name, Parameter())
        parameter = given if isinstance(given, Parameter) else Parameter(start=given)
        resolved[name] = parameter.with_default_start(defaults.get(name, 1.0))
    return resolved


def _hyperparameters(request: FitRequest) -> Hyperparameters:
    chosen = request.hyperparameters
    if not isinstance(chosen, Auto):
        return chosen
    if request.model == TUTORIAL_MODEL and request.target == FunctionTarget():
        return GradientDescent(steps=chosen.steps)
    return LevenbergMarquardt(optimizer="levenberg_marquardt", steps=chosen.steps)


def _wrong_device(request: FitRequest, devices: Collection[str]) -> list[WrongField]:
    if request.device in devices:
        return []
    return [WrongField(("device",), f"there is no such device here; there is: {', '.join(devices)}")]


def _wrong_steps(request: FitRequest, settings: Settings) -> list[WrongField]:
    if request.hyperparameters.steps <= settings.max_steps:
        return []
    return [WrongField(("hyperparameters", "steps"), f"at most {settings.max_steps} steps are allowed here")]


def _wrong_parameters(
    request: FitRequest, formula: Formula, parameters: Mapping[str, Parameter]
) -> Iterator[WrongField]:
    if not formula.parameters:
        yield WrongField(("model",), "the model has no parameter to fit: name at least one, as in a + b * x")
        return
    known = ", ".join(formula.parameters[:MOST_NAMES])
    for name in request.parameters:
        if name not in formula.parameters:
            yield WrongField(("parameters", name), f"the model has no parameter of this name; it has: {known}")
    untied = [name for name, parameter in parameters.items() if parameter.tied is None]
    tied = {name: parameter.tied for name, parameter in parameters.items() if parameter.tied is not None}
    for name, text in tied.items():
        try:
            parse_tie(text, untied)
        except FormulaError as error:
            yield WrongField(("parameters", name, "tied"), str(error))
    free = {name: parameters[name].start or 0.0 for name in untied if not parameters[name].fixed}
    if not free:
        yield WrongField(("parameters",), "all parameters are fixed or tied: leave at least one free")
    try:
        start_vector(Parameters(tuple(free)), free, DTYPES[request.dtype])
    except NotFiniteError as error:
        yield WrongField(("parameters",), str(error))


def _wrong_target(request: FitRequest, settings: Settings) -> Iterator[WrongField]:
    target, dtype = request.target, DTYPES[request.dtype]
    points = len(target.y) if isinstance(target, DataTarget) else target.points
    if points > settings.max_points:
        field = "y" if isinstance(target, DataTarget) else "points"
        yield WrongField(("target", field), f"at most {settings.max_points} points are allowed here")
        return
    try:
        if isinstance(target, DataTarget):
            measured_data(target.columns, dtype, response=target.response)
        else:
            sampled_function(target.function, target.domain, min(points, POINTS_TRIED), dtype)
    except NotFiniteError as error:
        field = "domain" if error.field == "x" and isinstance(target, FunctionTarget) else error.field
        yield WrongField(("target", field), str(error))
