"""A model at start values: as a fit would begin, for someone who looks at it before it is fitted."""

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem
from app.fitting.problems.data import NotFiniteError
from app.jobs.data.columns import LENGTHS
from app.jobs.errors import InvalidRequestError, WrongField
from app.jobs.submission.resolve import Submission, resolve
from app.jobs.worker.preparation import Prepared, prepared
from app.schemas.evaluation import EvaluationRequest
from app.schemas.parameters import Parameter
from app.schemas.request import TUTORIAL_MODEL, TUTORIAL_START, FitRequest
from app.schemas.target import FunctionTarget
from app.settings import Settings

OPTIMIZER = "levenberg_marquardt"
"""An optimizer that ends at the nearest minimum, so that start values are searched for."""


# The search of a fit trains what is given too; here it stays where someone has put it.
_HELD = {"fixed": True, "shared": False}


@dataclass(frozen=True)
class Posed:
    """The fit that a request would begin, and which of its parameters are to be found."""

    request: EvaluationRequest
    submission: Submission
    unknown: frozenset[str]

    @property
    def needs_search(self) -> bool:
        """Tell whether something has to be found from the data before the curve is known."""
        return bool(self.unknown) or self.submission.fit.formula is None


def posed(request: EvaluationRequest, settings: Settings) -> Posed:
    """Return the fit that a request would begin. Raises InvalidRequestError for what a fit would refuse."""
    submission = resolve(_as_fit(request), settings, ["cpu"])
    fit = submission.fit
    if len(fit.variables) > 1:
        words = f"a curve is drawn over one predictor variable, and here are {len(fit.variables)}"
        raise InvalidRequestError([WrongField(("target", "x"), words)])
    if request.curve is not None and request.curve >= (fit.curves or 1):
        raise InvalidRequestError([WrongField(("curve",), f"there are {fit.curves or 1} curves, counted from 0")])
    lengths = submission.arrays.get(LENGTHS)
    if lengths is not None and not lengths[request.curve or 0]:
        raise InvalidRequestError([WrongField(("curve",), "this curve has no points: choose another")])
    if request.target is None:
        return Posed(request, submission, frozenset())
    unknown = frozenset(name for name, parameter in fit.parameters.items() if _is_left_out(request, name, parameter))
    parameters = {
        name: parameter.model_copy(update={"start": "auto"} if name in unknown else _HELD) if unknown else parameter
        for name, parameter in fit.parameters.items()
    }
    return Posed(request, replace(submission, fit=replace(fit, parameters=parameters)), unknown)


def _as_fit(request: EvaluationRequest) -> FitRequest:
    target = request.target
    if target is None:
        # What follows from x, such as the origin of a model or the scale of a series, follows from the range.
        given = request.lower is not None and request.upper is not None
        domain = {"domain": [request.lower, request.upper]} if given else {}
        target = FunctionTarget.model_validate({"function": "0*x", "points": 2, **domain})
    others = {"model": request.model, "parameters": request.parameters}
    return FitRequest.model_validate({"target": target, "hyperparameters": {"optimizer": OPTIMIZER}, **others})


def _given(request: EvaluationRequest, name: str) -> float | None:
    given = {} if request.parameters == "auto" else request.parameters
    value = given.get(name)
    start = value.start if isinstance(value, Parameter) else value
    if start is None and request.model == TUTORIAL_MODEL and request.parameters != "auto":
        return TUTORIAL_START.get(name)
    return start if isinstance(start, float) else None


def _is_left_out(request: EvaluationRequest, name: str, parameter: Parameter) -> bool:
    return parameter.tied is None and not parameter.fixed and _given(request, name) is None


def evaluated(posed: Posed) -> dict[str, Any]:
    """Return the fields of `app.schemas.evaluation.Evaluation`; numbers of the curve are arrays.

    Raises InvalidRequestError where the model can't begin, or there is no range for the curve.
    """
    fit, request = posed.submission.fit, posed.request
    curve = request.curve or 0
    curves = None if fit.curves is None else range(curve, curve + 1)
    try:
        ready = _begun(posed, curves)
    except NotFiniteError as error:
        field = error.field
        path = {"start": ("parameters",), "model": ("model",), "function": ("target", "function")}.get(field)
        raise InvalidRequestError([WrongField(path or ("target", field), str(error))]) from None
    problem = ready.problem
    values = {name: value[0] for name, value in _values(problem).items()}
    (variable,) = problem.variables
    x = _grid(request, problem.variables[variable].double())
    y = problem.formula(values | {variable: x}).expand_as(x)
    chisqr = math.nan if request.target is None else problem.loss(problem.start)[0].item()
    return {
        "object": "evaluation",
        "formula": ready.model,
        "variable": variable,
        "response": fit.response,
        "parameters": [_parameter(posed, name, values) for name in problem.formula.parameters],
        "curve": {"x": array("d", x.tolist()), "y": array("d", y.tolist())},
        "chisqr": chisqr if math.isfinite(chisqr) else None,
        "warnings": [] if request.target is None else fit.warnings,
    }


def _begun(posed: Posed, curves: range | None) -> Prepared:
    work = prepared(posed.submission.fit, posed.submission.arrays, curves, quick=True)
    while True:
        try:
            next(work)
        except StopIteration as end:
            ready: Prepared = end.value
            return ready


def _values(problem: CurveProblem) -> dict[str, Tensor]:
    """Return the values (1,) of all parameters at the start."""
    values = problem.parameters.values(problem.start)
    return {name: value.expand(1) for name, value in values.items()}


def _parameter(posed: Posed, name: str, values: Mapping[str, Tensor]) -> dict[str, Any]:
    parameter = posed.submission.fit.parameters.get(name, Parameter())
    number = values[name].item()
    if parameter.tied is not None:
        source = "tied"
    elif name in posed.unknown or name not in posed.submission.fit.parameters:
        source = "found"
    else:
        source = "default" if _given(posed.request, name) is None else "given"
    return {
        "name": name,
        "start": number if math.isfinite(number) else None,
        "source": source,
        "lower": parameter.lower,
        "upper": parameter.upper,
    }


def _grid(request: EvaluationRequest, x: Tensor) -> Tensor:
    """Return the x (points,) of the curve."""
    lower, upper = request.lower, request.upper
    known = x[x > 0] if request.logarithmic else x
    if not len(known) and (lower is None or upper is None):
        words = "no x is greater than 0: there is no logarithmic axis for them"
        raise InvalidRequestError([WrongField(("logarithmic",), words)])
    lower = known.min().item() if lower is None else lower
    upper = known.max().item() if upper is None else upper
    if upper < lower:
        field = "upper" if request.upper is not None else "lower"
        raise InvalidRequestError([WrongField((field,), f"the x of the target go from {x.min():g} to {x.max():g}")])
    if not request.logarithmic:
        return torch.linspace(lower, upper, request.points, dtype=torch.float64)
    logarithms = torch.linspace(math.log(lower), math.log(upper), request.points, dtype=torch.float64)
    return logarithms.exp().clamp(lower, upper)
