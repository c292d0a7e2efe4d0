"""The parameters of a fit: those of a request, with bounds and start values where it gave none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from app.fitting.formulas.formula import Formula, parse
from app.fitting.formulas.linearity import affine_form
from app.fitting.library import Bounds
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.losses import LOSSES
from app.jobs.submission.checks import MOST_NAMES
from app.schemas.model import OfLibrary
from app.schemas.parameters import Parameter
from app.schemas.request import TUTORIAL_MODEL, TUTORIAL_START, FitRequest


@dataclass(frozen=True)
class Wanted:
    """The parameters of a model as a request wants them, before those that it left out have start values."""

    parameters: Mapping[str, Parameter]
    """Every parameter of the formula, in its order."""
    is_linear: bool
    """Whether the formula is linear in all that are fitted."""

    def started(self, request: FitRequest, optimizer: type[Optimizer]) -> dict[str, Parameter]:
        """Return the parameters with start values: their own, the tutorial's, 1, or `auto` for those to be found."""
        default = self._default_start(request, optimizer)
        tutorials: dict[str, float] = TUTORIAL_START if request.model == TUTORIAL_MODEL else {}
        return {
            name: parameter.with_default_start(tutorials.get(name, default))
            for name, parameter in self.parameters.items()
        }

    def _default_start(self, request: FitRequest, optimizer: type[Optimizer]) -> float | Literal["auto"]:
        if isinstance(request.model, OfLibrary) or request.parameters == "auto":
            return "auto"
        # Of a sum of squares that is linear in all of them, each start leads to the same minimum; a logarithm of a
        # negative mean has no value, wherever the minimum is.
        needs_none = optimizer.solves_directly or (self.is_linear and not LOSSES[request.loss.name].of_counts)
        return 1.0 if needs_none or not optimizer.ends_at_a_minimum else "auto"

    def warnings(self, request: FitRequest, optimizer: type[Optimizer]) -> Iterator[str]:
        """Yield a warning where parameters were left out, and start at 1 because the optimizer searches for nothing."""
        needs_start = not optimizer.ends_at_a_minimum and not optimizer.solves_directly
        if not needs_start or self._default_start(request, optimizer) == "auto" or request.model == TUTORIAL_MODEL:
            return
        left_out = [
            name for name, parameter in self.parameters.items() if parameter.start is None and parameter.tied is None
        ]
        if left_out:
            yield (
                f"with {optimizer.name}, parameters that are left out start at 1 ({', '.join(left_out[:MOST_NAMES])}): "
                "give start values, or 'auto' to have them searched for"
            )


def wanted_parameters(request: FitRequest, formula: Formula, bounds: Mapping[str, Bounds]) -> Wanted:
    """Return every parameter of a formula as a request wants it, within natural bounds where it names none."""
    parameters = {}
    for name in formula.parameters:
        given = request.given_parameters.get(name, Parameter())
        parameter = given if isinstance(given, Parameter) else Parameter(start=given)
        parameters[name] = _bounded(parameter, bounds[name]) if name in bounds else parameter
    return Wanted(parameters, affine_form(formula, *_free_and_tied(parameters)) is not None)


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
