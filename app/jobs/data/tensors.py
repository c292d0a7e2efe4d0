"""Stored columns of measured data as tensors: curve after curve in one row, or padded to one length side by side."""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.problems.curve_problem import columns_of
from app.fitting.problems.data import NotFiniteError, dtype_name, is_finite, parse_response
from app.jobs.data.columns import LENGTHS, SIGMA, Arrays, StoredData


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

    def padded(self) -> "PaddedColumns":
        """Return the columns as matrices."""
        if len(self.counts) == 1:
            factor = None if self.factor is None else self.factor[:, None]
            variables = {name: column[:, None] for name, column in self.variables.items()}
            return PaddedColumns(variables, self.y[:, None], factor, self.counts)
        counts = self.counts
        row = torch.arange(int(counts.max()), device=counts.device)[:, None]
        # A curve without points has a place too, whose number does not count.
        index = (row.minimum(counts - 1) + counts.cumsum(0) - counts).clamp(min=0)

        def matrix(column: Tensor) -> Tensor:
            is_shared = len(column) != len(self.y)
            return column[:, None] if is_shared else column[index]

        factor, only_padded = None if self.factor is None else matrix(self.factor), False
        if int(counts.min()) < len(row):
            only_padded = factor is None
            factor = (self.y.new_ones(()) if factor is None else factor) * (row < counts)
        variables = {name: matrix(column) for name, column in self.variables.items()}
        return PaddedColumns(variables, matrix(self.y), factor, counts, only_padded)


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
    only_padded: bool = False
    """Whether the factor says no more than which points repeat the last."""

    def take(self, curves: Tensor) -> "PaddedColumns":
        """Return the columns of the curves whose numbers are `curves`."""
        return PaddedColumns(
            {name: columns_of(variable, curves) for name, variable in self.variables.items()},
            self.y[:, curves],
            None if self.factor is None else columns_of(self.factor, curves),
            self.counts[curves],
            self.only_padded,
        )


def flat_columns(
    data: StoredData, arrays: Arrays, dtype: torch.dtype, device: str = "cpu", curves: range | None = None
) -> FlatColumns:
    """Return stored data, or those of some curves that stand one after another, as tensors.

    Raises NotFiniteError for a number that is not finite in `dtype`, once transformed.
    """
    counts = _counts(data, arrays)
    points = None
    if curves is not None:
        points = slice(int(counts[: curves.start].sum()), int(counts[: curves.stop].sum()))
    place = _Place(counts, 0 if points is None else points.start, data.curves is not None)

    def tensor(path: str) -> Tensor:
        # Some curves may have no points together, and of nothing torch makes no tensor.
        column = torch.frombuffer(arrays[path], dtype=torch.float64) if arrays[path] else torch.empty(0).double()
        is_shared = len(column) != data.points
        column = (column if is_shared or points is None else column[points]).to(device=device, dtype=dtype)
        return place.checked(path.partition(".")[0], column)

    variables = {path.removeprefix("x."): tensor(path) for path in arrays if path.startswith("x.")}
    y, factor = tensor("y.y"), None
    if data.response is not None:
        y = place.checked("response", parse_response(data.response)({"y": y}).expand_as(y))
    if SIGMA in arrays:
        factor = place.checked("sigma", 1 / tensor(SIGMA))
    elif "weights.weights" in arrays:
        factor = tensor("weights.weights").sqrt()
    return FlatColumns(
        variables, y, factor, (counts if curves is None else counts[curves.start : curves.stop]).to(device)
    )


def _counts(data: StoredData, arrays: Arrays) -> Tensor:
    """Return the number of points of each curve, (curves,)."""
    if LENGTHS in arrays:
        return torch.frombuffer(arrays[LENGTHS], dtype=torch.float64).long()
    curves = data.curves or 1
    return torch.full((curves,), data.points // curves)


@dataclass(frozen=True)
class _Place:
    """Names the places of numbers in messages: the point, and the curve where there are many."""

    counts: Tensor
    first_point: int
    many: bool

    def checked(self, field: str, column: Tensor) -> Tensor:
        """Return the column; raise NotFiniteError for a number in it that is not finite."""
        if is_finite(column):
            return column
        index = int(torch.nonzero(~column.isfinite())[0]) + self.first_point
        raise NotFiniteError(field, f"{field} is not a finite {dtype_name(column.dtype)} at {self._words(index)}")

    def _words(self, index: int) -> str:
        if not self.many:
            return f"point {index}"
        ends = self.counts.cumsum(0)
        curve = int(torch.searchsorted(ends, index, right=True))
        return f"point {index - int(ends[curve] - self.counts[curve])} of curve {curve}"
