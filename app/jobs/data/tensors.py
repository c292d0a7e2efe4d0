"""Stored columns of measured data as tensors: curve after curve in one row, or padded to one length side by side."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from app.fitting.problems.data import NotFiniteError, parse_response


@dataclass(frozen=True)
class FlatColumns:
    """Measured data, curve after curve in one row; a column that all curves share holds the points of one curve."""

    variables: dict[str, Tensor]
    """Predictor variables by name."""
    y: Tensor
    """Response, transformed if a transformation was given."""
    factor: Tensor | None
    """Factor of each residual: 1 / sigma, or the root of the weight."""
    counts: Tensor
    """Number of points of each curve, (curves,), int64."""


@dataclass(frozen=True)
class PaddedColumns:
    """Measured data as matrices; a curve that is shorter than others repeats its last point with a factor of 0."""

    variables: dict[str, Tensor]
    """Predictor variables by name, (points, 1) if all curves share them, else (points, curves)."""
    y: Tensor
    """Response, (points, curves)."""
    factor: Tensor | None
    """Factor of each residual, (points, 1) or (points, curves)."""
    counts: Tensor
    """Number of points of each curve, (curves,), int64."""


def padded_columns(
    arrays: Mapping[str, "array[float]"],
    target: Mapping[str, Any],
    curves: range,
    dtype: torch.dtype,
    device: str = "cpu",
) -> PaddedColumns:
    """Return consecutive curves of a stored target as matrices. Raise NotFiniteError as `flat_columns` does."""
    flat = flat_columns(arrays, target, dtype, device, curves)
    counts = flat.counts
    row = torch.arange(int(counts.max()), device=device)[:, None]
    index = row.minimum(counts - 1) + counts.cumsum(0) - counts

    def matrix(column: Tensor) -> Tensor:
        is_shared = len(column) != len(flat.y)
        return column[:, None] if is_shared else column[index]

    factor = None if flat.factor is None else matrix(flat.factor)
    if int(counts.min()) < len(row):
        factor = (torch.ones((), dtype=dtype, device=device) if factor is None else factor) * (row < counts)
    return PaddedColumns(
        {name: matrix(column) for name, column in flat.variables.items()}, matrix(flat.y), factor, counts
    )


def flat_columns(
    arrays: Mapping[str, "array[float]"],
    target: Mapping[str, Any],
    dtype: torch.dtype,
    device: str = "cpu",
    curves: range | None = None,
) -> FlatColumns:
    """Return a stored target, or some of its curves, as tensors.

    Raises NotFiniteError for a number that is not finite in `dtype`, once transformed.
    """
    counts = _counts(arrays, target)
    chosen = curves or range(len(counts))
    points = slice(int(counts[: chosen.start].sum()), int(counts[: chosen.stop].sum()))
    place = _Place(counts, points.start, target.get("curves") is not None)

    def tensor(path: str) -> Tensor:
        column = torch.frombuffer(arrays[path], dtype=torch.float64)
        is_shared = len(column) != target["points"]
        column = (column if is_shared else column[points]).to(device=device, dtype=dtype)
        return place.checked(path.partition(".")[0], column)

    variables = {path.removeprefix("x."): tensor(path) for path in arrays if path.startswith("x.")}
    y, factor = tensor("y.y"), None
    if target["response"] is not None:
        y = place.checked("response", parse_response(target["response"])({"y": y}).expand_as(y))
    if "sigma.sigma" in arrays:
        factor = place.checked("sigma", 1 / tensor("sigma.sigma"))
    elif "weights.weights" in arrays:
        factor = tensor("weights.weights").sqrt()
    return FlatColumns(variables, y, factor, counts[chosen.start : chosen.stop].to(device))


def _counts(arrays: Mapping[str, "array[float]"], target: Mapping[str, Any]) -> Tensor:
    """Return the number of points of each curve, (curves,)."""
    if "lengths.lengths" in arrays:
        return torch.frombuffer(arrays["lengths.lengths"], dtype=torch.float64).long()
    curves = target.get("curves") or 1
    return torch.full((curves,), target["points"] // curves)


@dataclass(frozen=True)
class _Place:
    """Names the places of numbers in messages: the point, and the curve where there are many."""

    counts: Tensor
    first_point: int
    many: bool

    def checked(self, field: str, column: Tensor) -> Tensor:
        """Return the column. Raise NotFiniteError for a number in it that is not finite."""
        bad = torch.nonzero(~torch.isfinite(column))
        if not len(bad):
            return column
        index = int(bad[0]) + self.first_point
        dtype = str(column.dtype).removeprefix("torch.")
        raise NotFiniteError(field, f"{field} is not a finite {dtype} at {self._words(index)}")

    def _words(self, index: int) -> str:
        if not self.many:
            return f"point {index}"
        ends = self.counts.cumsum(0)
        curve = int(torch.searchsorted(ends, index, right=True))
        return f"point {index - int(ends[curve] - self.counts[curve])} of curve {curve}"
