"""Checks of a request that no schema can make: whether its parts fit together, and fit this service."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from app.fitting.formulas.formula import FormulaError
from app.fitting.formulas.functions import CONSTANTS
from app.fitting.formulas.parameters import Parameters, parse_tie
from app.fitting.optimizers import OPTIMIZERS, automatic
from app.fitting.optimizers.base import Task
from app.fitting.problems.data import DTYPES, NotFiniteError
from app.fitting.problems.losses import LOSSES
from app.fitting.problems.problem import start_vector
from app.jobs.errors import WrongField
from app.jobs.fit.problem import start_values
from app.schemas.parameters import Parameter
from app.schemas.request import TUTORIAL_MODEL, TUTORIAL_START, FitRequest
from app.schemas.target import DataTarget
from app.settings import Settings

MOST_NAMES = 5
"""Most parameters that an error names."""


def wrong_device(request: FitRequest, devices: Collection[str]) -> Iterator[WrongField]:
    """Yield an error where the device is not here."""
    if request.device not in devices:
        yield WrongField(("device",), f"there is no such device here; there is: {', '.join(devices)}")


def wrong_steps(request: FitRequest, settings: Settings) -> Iterator[WrongField]:
    """Yield an error where there are more steps than allowed."""
    if request.hyperparameters.steps > settings.max_steps:
        yield WrongField(("hyperparameters", "steps"), f"at most {settings.max_steps} steps are allowed here")


def wrong_parameters(
    request: FitRequest, names: Sequence[str], parameters: Mapping[str, Parameter]
) -> Iterator[WrongField]:
    """Yield errors for parameters that the model does not have, ties in unknown names, bad start values.

    A request that leaves nothing to fit is an error too.
    """
    if not names:
        yield WrongField(("model",), "the model has no parameter to fit: name at least one, as in a + b * x")
        return
    for name in request.given_parameters:
        if name not in names:
            yield WrongField(("parameters", name), _no_parameter(name, names))
    for name in _fixed_nowhere(request, names):
        yield WrongField(("parameters", name, "start"), "say at which value it is fixed")
    untied = [name for name, parameter in parameters.items() if parameter.tied is None]
    tied = {name: parameter.tied for name, parameter in parameters.items() if parameter.tied is not None}
    for name, text in tied.items():
        try:
            parse_tie(text, untied)
        except FormulaError as error:
            yield WrongField.of_formula(("parameters", name, "tied"), error)
    free = [name for name in untied if not parameters[name].fixed]
    if not free:
        yield WrongField(("parameters",), "all parameters are fixed or tied: leave at least one free")
    try:
        start_vector(Parameters(tuple(free)), start_values(free, parameters), DTYPES[request.dtype])
    except NotFiniteError as error:
        yield WrongField(("parameters",), str(error))


def _no_parameter(name: str, names: Sequence[str]) -> str:
    words = f"the model has no parameter of this name; it has: {', '.join(names[:MOST_NAMES])}"
    if name not in CONSTANTS:
        return words
    return f"in a formula, {name} is the constant {CONSTANTS[name]:.6g}...: choose another name, such as {name}_"


def _fixed_nowhere(request: FitRequest, names: Sequence[str]) -> Iterator[str]:
    """Yield the names of fixed parameters that have no value."""
    known = TUTORIAL_START if request.model == TUTORIAL_MODEL else {}
    for name in names:
        parameter = request.given_parameters.get(name)
        if isinstance(parameter, Parameter) and parameter.fixed and parameter.start is None and name not in known:
            yield name


def wrong_automatic_degree(request: FitRequest, curves: int | None) -> Iterator[WrongField]:
    """Yield errors for what does not go together with a degree that is left to the data."""
    if request.given_parameters:
        yield WrongField(("parameters",), "an automatic degree leaves no parameters to name: leave them out")
    if curves is not None:
        yield WrongField(("model", "degree"), "of many curves no common degree can be chosen: give a number")


def wrong_counts(request: FitRequest) -> Iterator[WrongField]:
    """Yield errors for counts that are negative, or are not fitted as they are."""
    target = request.target
    if not LOSSES[request.loss.name].of_counts or not isinstance(target, DataTarget):
        return
    if min(target.y.values) < 0:
        yield WrongField(("target", "y"), "counts can't be negative")
    if target.sigma is not None:
        yield WrongField(("target", "sigma"), "counts have the standard deviation that their mean gives them")
    if target.response is not None:
        words = "counts are fitted as they are: transform the model instead, as in exp(a + b * x)"
        yield WrongField(("target", "response"), words)


def task_of(request: FitRequest, parameters: Mapping[str, Parameter], is_linear: bool) -> Task:
    """Return the features of a fit that decide which optimizers can do it."""
    return Task(
        loss=LOSSES[request.loss.name],
        is_linear=is_linear,
        bounded=any(
            limit is not None for parameter in parameters.values() for limit in (parameter.lower, parameter.upper)
        ),
        shared=any(parameter.shared for parameter in parameters.values()),
    )


def wrong_optimizer(request: FitRequest, task: Task) -> Iterator[WrongField]:
    """Yield an error where the optimizer can't do what is asked of it."""
    chosen = OPTIMIZERS.get(request.hyperparameters.optimizer)
    obstacles = [] if chosen is None else chosen.obstacles(task)
    if chosen is not None and obstacles:
        words = f"{chosen.name} {', and '.join(obstacles)}: take {automatic(task).name}"
        yield WrongField(("hyperparameters", "optimizer"), words)


def wrong_shared(parameters: Mapping[str, Parameter], curves: int | None) -> Iterator[WrongField]:
    """Yield an error where parameters are shared, and there is nothing to share them with."""
    shared = [name for name, parameter in parameters.items() if parameter.shared]
    if shared and curves is None:
        yield WrongField(("parameters", shared[0], "shared"), "there is one curve only: nothing can be shared")
