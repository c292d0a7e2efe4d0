"""Checks of a request's target, and what it says of variables and curves."""

from collections.abc import Iterator

import torch
from torch import Tensor

from app.fitting.problems.data import NotFiniteError
from app.jobs.data.columns import Arrays, StoredData, bytes_of
from app.jobs.data.curve_results import lacking as lacking_words
from app.jobs.errors import WrongField
from app.jobs.fit.problem import columns_of
from app.schemas.target import DataTarget, FunctionTarget
from app.settings import Settings

MOST_CURVES_NAMED = 20
"""Most curves that a warning names."""
POINTS_TRIED = 10_000
"""Points at which a target function is tried before it is accepted; its worker tries them all."""


def wrong_target(
    target: FunctionTarget | StoredData, arrays: Arrays, dtype: str, settings: Settings
) -> Iterator[WrongField]:
    """Yield errors for too many points or curves, else for a number that is not finite in the training's format."""
    is_function = isinstance(target, FunctionTarget)
    curves = target.curves if isinstance(target, StoredData) else None
    if target.points > settings.max_points:
        field = "points" if is_function else "y"
        yield WrongField(("target", field), f"at most {settings.max_points} points are allowed here")
    elif curves is not None and curves > settings.max_curves:
        yield WrongField(("target", "y"), f"at most {settings.max_curves} curves are allowed here")
    elif isinstance(target, StoredData) and bytes_of(arrays, target.labels) > settings.max_fit_bytes:
        words = f"numbers and labels take more than the {settings.max_fit_bytes} bytes that are allowed here"
        yield WrongField(("target", "y"), words)
    else:
        yield from _wrong_numbers(target, arrays, dtype)


def _wrong_numbers(target: FunctionTarget | StoredData, arrays: Arrays, dtype: str) -> Iterator[WrongField]:
    if isinstance(target, FunctionTarget):
        target = target.model_copy(update={"points": min(target.points, POINTS_TRIED)})
    try:
        columns_of(target, arrays, dtype)
    except NotFiniteError as error:
        is_domain = isinstance(target, FunctionTarget) and error.field == "x"
        yield WrongField(("target", "domain" if is_domain else error.field), str(error))


def target_warnings(target: DataTarget) -> Iterator[str]:
    """Yield sentences on how data were read, and on points that were left out."""
    yield from target.remarks
    if target.left_out is None:
        return
    lacking = [(curve, count) for curve, count in enumerate(target.left_out) if count]
    total = sum(count for _, count in lacking)
    if target.curves is None:
        yield lacking_words(total)
        return
    named = [f"{count} of {_curve_words(target, curve)}" for curve, count in lacking[:MOST_CURVES_NAMED]]
    rest = len(lacking) - len(named)
    more = f", and {rest} more curves: GET /fit/{{id}}/curves counts them of each" if rest else ""
    yield f"{lacking_words(total)}: {', '.join(named)}{more}"


def _curve_words(target: DataTarget, curve: int) -> str:
    return f"curve {curve}" if target.labels is None else f"curve {curve} ({target.labels[curve][:40]})"


def first_variable(target: DataTarget | FunctionTarget) -> Tensor:
    """Return the values (points,) of the first predictor variable, of all curves."""
    if isinstance(target, DataTarget):
        return torch.frombuffer(next(iter(target.variables.values())).values, dtype=torch.float64)
    low, high = target.domain
    return torch.linspace(low, high, target.points, dtype=torch.float64)


def variables_of(target: DataTarget | FunctionTarget) -> tuple[str, ...]:
    """Return the names of the predictor variables."""
    return tuple(target.variables) if isinstance(target, DataTarget) else ("x",)


def curves_of(target: DataTarget | FunctionTarget) -> int | None:
    """Return the number of curves; None for a target of one curve."""
    return target.curves if isinstance(target, DataTarget) else None
