"""The target of a request: whether it can be fitted to, and the form in which it is stored."""

from array import array
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from app.fitting.problems.data import DTYPES, NotFiniteError, sampled_function
from app.jobs.data.tensors import flat_columns
from app.jobs.errors import WrongField
from app.schemas.request import FitRequest
from app.schemas.target import DataTarget, FunctionTarget
from app.settings import Settings

POINTS_TRIED = 10_000
"""Points at which a target function is tried before it is accepted; its worker tries them all."""


def columns_of(target: DataTarget | FunctionTarget) -> tuple[dict[str, "array[float]"], dict[str, Any]]:
    """The arrays of a target by name, and the rest of it as JSON, as they are stored.

    Measured data of many curves are curve after curve. A column is either so or, where all curves share it, has the
    points of one; if the curves differ in length, `lengths.lengths` says how many points each has.
    """
    if isinstance(target, FunctionTarget):
        return {}, target.model_dump()
    named = [
        (f"{field}.{name}", column) for field, columns in target.columns.items() for name, column in columns.items()
    ]
    arrays = {path: column.values for path, column in named}
    lengths = target.y.lengths
    if lengths is not None and min(lengths) != max(lengths):
        arrays["lengths.lengths"] = array("d", lengths)
    rest = {
        "points": len(target.y.values),
        "variables": list(target.variables),
        "several": isinstance(target.x, dict),
        "curves": target.curves,
    }
    return arrays, rest | target.model_dump(include={"labels", "sigma_absolute", "response"})


def wrong_target(request: FitRequest, settings: Settings) -> Iterator[WrongField]:
    """More points or curves than allowed, or numbers that are not finite in the number format of the training."""
    target = request.target
    if isinstance(target, FunctionTarget):
        yield from _wrong_function(target, request.dtype, settings)
    elif len(target.y.values) > settings.max_points:
        yield WrongField(("target", "y"), f"at most {settings.max_points} points are allowed here")
    elif target.curves is not None and target.curves > settings.max_curves:
        yield WrongField(("target", "y"), f"at most {settings.max_curves} curves are allowed here")
    else:
        arrays, rest = columns_of(target)
        try:
            flat_columns(arrays, rest, DTYPES[request.dtype])
        except NotFiniteError as error:
            yield WrongField(("target", error.field), str(error))


def first_variable(target: DataTarget | FunctionTarget) -> Tensor:
    """Values (points,) of the first predictor variable, of all curves."""
    if isinstance(target, DataTarget):
        return torch.frombuffer(next(iter(target.variables.values())).values, dtype=torch.float64)
    low, high = target.domain
    return torch.linspace(low, high, target.points, dtype=torch.float64)


def variables_of(target: DataTarget | FunctionTarget) -> tuple[str, ...]:
    """Names of the predictor variables."""
    return tuple(target.variables) if isinstance(target, DataTarget) else ("x",)


def curves_of(target: DataTarget | FunctionTarget) -> int | None:
    """Number of curves; None where there is one, and not many."""
    return target.curves if isinstance(target, DataTarget) else None


def _wrong_function(target: FunctionTarget, dtype: str, settings: Settings) -> Iterator[WrongField]:
    if target.points > settings.max_points:
        yield WrongField(("target", "points"), f"at most {settings.max_points} points are allowed here")
        return
    try:
        sampled_function(target.function, target.domain, min(target.points, POINTS_TRIED), DTYPES[dtype])
    except NotFiniteError as error:
        yield WrongField(("target", "domain" if error.field == "x" else error.field), str(error))
