"""Columns of numbers on their way to the service: arrays, lists or series, of points or of curves x points."""

import importlib.util
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
ArrayLike: TypeAlias = npt.ArrayLike
Rows: TypeAlias = Floats | list[Floats]
"""A column: points, or curves x points; a list of arrays where curves have different numbers of points."""

COLUMNS = ("x", "y", "sigma", "weights")
"""Names of the columns of measured data."""

MANY_NUMBERS = 20_000
"""Numbers from which on data are sent as a file, in less than half the bytes of JSON."""


@dataclass(frozen=True)
class Columns:
    """Measured data as columns."""

    x: Rows | dict[str, Rows]
    y: Rows
    sigma: Rows | None = None
    weights: Rows | None = None

    @property
    def size(self) -> int:
        """Return how many numbers there are."""
        given = self.given.values()
        rows = [row for column in given for row in (column.values() if isinstance(column, dict) else [column])]
        return sum(sum(map(len, column)) if isinstance(column, list) else column.size for column in rows)

    @property
    def target(self) -> dict[str, Any]:
        """Return the columns as JSON has them."""
        return {name: listed(column) for name, column in self.given.items()}

    @property
    def given(self) -> dict[str, Rows | dict[str, Rows]]:
        """Return the columns that there are, by the names of their fields."""
        named = {name: getattr(self, name) for name in COLUMNS}
        return {name: column for name, column in named.items() if column is not None}


def columns_of(x: Any, y: Any, sigma: Any = None, weights: Any = None) -> Columns:
    """Return measured data as columns.

    x is an array of M points, or predictor variables by name, each an array; y has M values or, of K curves, K x M, or
    K arrays of their own lengths; sigma and weights are as y, or of M values for all curves. NaN is a missing value.
    Raises TypeError and ValueError for what are no such numbers, with the name of the column.
    """
    several = {name: rows_of(column, f"x[{name!r}]") for name, column in x.items()} if isinstance(x, Mapping) else None
    return Columns(
        rows_of(x, "x") if several is None else several,
        rows_of(y, "y"),
        None if sigma is None else rows_of(sigma, "sigma"),
        None if weights is None else rows_of(weights, "weights"),
    )


def rows_of(values: Any, name: str) -> Rows:
    """Return a column as an array of floats, or as several. Raises TypeError and ValueError."""
    if hasattr(values, "columns"):
        raise TypeError(f"{name} is a table: give an array of curves x points, such as {name}.T.to_numpy()")
    try:
        if _is_ragged(values):
            return [_finite_or_nan(np.asarray(curve, dtype=np.float64), name) for curve in values]
        array = np.asarray(values)
        if np.iscomplexobj(array):
            raise TypeError("complex numbers")
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} has to be numbers: an array of points, or one of curves x points ({error})") from error
    if array.ndim not in (1, 2):
        raise ValueError(f"{name} has {array.ndim} axes: give an array of points, or one of curves x points")
    return _finite_or_nan(array, name)


def _is_ragged(values: Any) -> bool:
    if isinstance(values, np.ndarray) or not isinstance(values, Sequence):
        return False
    lengths = {len(curve) for curve in values if hasattr(curve, "__len__")}
    return len(lengths) > 1


def _finite_or_nan(values: Floats, name: str) -> Floats:
    if np.isinf(values).any():
        raise ValueError(f"{name} has infinite values: leave these points out, or give NaN where a value is missing")
    return values


def listed(column: Any) -> Any:
    """Return a column as lists of numbers, None for NaN."""
    if isinstance(column, dict):
        return {name: listed(rows) for name, rows in column.items()}
    if isinstance(column, list):
        return [listed(rows) for rows in column]
    if not np.isnan(column).any():
        return column.tolist()
    objects = column.astype(object)
    objects[np.isnan(column)] = None
    return objects.tolist()


def can_be_sent_as_file() -> bool:
    """Tell whether pyarrow is there, which writes the file."""
    return importlib.util.find_spec("pyarrow") is not None


def file_of(columns: Columns, labels: Sequence[str] | None) -> tuple[dict[str, Any], bytes]:
    """Return a target that names columns, and the Arrow file that has them: a row each point, or a row each curve."""
    import pyarrow as pa  # noqa: PLC0415

    is_many = isinstance(columns.y, list) or columns.y.ndim == 2
    arrays: dict[str, Any] = {}

    def named(column: Rows | dict[str, Rows], name: str) -> Any:
        """Return what the target says of a column, and keep it for the file if it has a row for each of y."""
        if isinstance(column, dict):
            return {variable: named(rows, f"{name}.{variable}") for variable, rows in column.items()}
        if is_many and isinstance(column, np.ndarray) and column.ndim == 1:
            return listed(column)
        arrays[name] = pa.array(column if isinstance(column, list) or column.ndim == 1 else list(column))
        return name

    target = {name: named(column, name) for name, column in columns.given.items()}
    if labels is not None:
        arrays["curve"], target["curve"] = pa.array(list(map(str, labels))), "curve"
    file = io.BytesIO()
    table = pa.table(arrays)
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return target, file.getvalue()
