"""The target of a stored fit on the wire: as it came, or the summary of data that are too many."""

from array import array
from collections.abc import Mapping
from typing import Any

from app.schemas.numbers import Numbers
from app.schemas.response import DataTargetSummary
from app.schemas.target import DataTarget, FunctionTarget

MOST_ECHOED = 100_000
"""Most points with which a fit answers; more are at an address of their own."""


def is_echoed(target: Mapping[str, Any]) -> bool:
    """Whether a fit with this stored target answers with its data."""
    return "function" not in target and target["points"] <= MOST_ECHOED


def echoed(target: Mapping[str, Any], arrays: Mapping[str, "array[float]"]) -> DataTarget:
    """Measured data as they came, from their stored form."""
    columns = {path: _numbers(target, values, arrays) for path, values in arrays.items()}
    variables = {path.removeprefix("x."): column for path, column in columns.items() if path.startswith("x.")}
    return DataTarget.model_construct(
        x=variables if target["several"] else variables["x"],
        y=columns["y.y"],
        sigma=columns.get("sigma.sigma"),
        sigma_absolute=target["sigma_absolute"],
        weights=columns.get("weights.weights"),
        response=target["response"],
        labels=target.get("labels"),
    )


def summary(target: Mapping[str, Any]) -> FunctionTarget | DataTargetSummary:
    """A target without data."""
    if "function" in target:
        return FunctionTarget.model_construct(**target)
    return DataTargetSummary(points=target["points"])


def _numbers(target: Mapping[str, Any], values: "array[float]", arrays: Mapping[str, "array[float]"]) -> Numbers:
    curves, points = target.get("curves"), target["points"]
    if curves is None or (len(values) != points):
        return Numbers(values)
    lengths = arrays.get("lengths.lengths")
    return Numbers(
        values, array("q", [points // curves]) * curves if lengths is None else array("q", map(int, lengths))
    )
