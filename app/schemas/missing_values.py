"""Values that are missing among measured data: their points are left out, and counted for each curve."""

from array import array
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from app.schemas.numbers import COLUMNS, Numbers

Mask = npt.NDArray[np.bool_]

_NAN = float("nan")


def packed_with_gaps(value: Any) -> Any:
    """Return lists of numbers as Numbers, with NaN where a value is null; what has anything else in it stays."""
    if isinstance(value, dict):
        return {name: packed_with_gaps(inner) for name, inner in value.items()}
    if type(value) is not list or not value:
        return value
    is_nested = type(value[0]) is list
    if is_nested and not (set(map(type, value)) == {list} and any(value)):
        return value
    if not set(map(type, chain.from_iterable(value) if is_nested else value)) <= {float, int, type(None)}:
        return value
    lists = value if is_nested else [value]
    try:
        numbers = array("d", (_NAN if number is None else number for number in chain.from_iterable(lists)))
    except OverflowError:
        return value
    return Numbers(numbers, array("q", map(len, value)) if is_nested else None)


def without_missing(target: Mapping[str, Any]) -> tuple[dict[str, Any], "array[int] | None"]:
    """Return measured data, as they came, without the points of which a value is missing if that is wanted.

    The second result is the number of points that each curve has lost; None where none is missing, or the data do not
    fit together, of which their validation tells more.
    """
    target = {name: packed_with_gaps(value) if name in COLUMNS else value for name, value in target.items()}
    y = target.get("y")
    if not isinstance(y, Numbers):
        return target, None
    wanted = target.get("missing") or ("refuse" if y.lengths is None else "omit")
    columns = _columns(target)
    if wanted != "omit" or not any(map(_has_gaps, columns)):
        return target, None
    lengths = np.array([len(y.values)] if y.lengths is None else y.lengths)
    kept = np.ones(len(y.values), dtype=bool)
    for column in columns:
        gaps = np.isnan(np.frombuffer(column.values))
        if column.lengths is None and y.lengths is not None and (lengths == len(gaps)).all():
            gaps = np.tile(gaps, len(lengths))
        if column.lengths not in (None, y.lengths) or len(gaps) != len(kept):
            return target, None
        kept &= ~gaps
    left = np.diff(np.concatenate([[0], kept.cumsum()])[np.concatenate([[0], lengths.cumsum()])])
    cut = _Cut(kept, lengths, left, y.lengths is not None)
    for name in COLUMNS:
        target[name] = cut.of(target.get(name))
    return target, array("q", (lengths - left).tolist())


class _Cut:
    """Takes points away from columns."""

    def __init__(self, kept: Mask, lengths: npt.NDArray[np.int64], left: npt.NDArray[np.int64], is_many: bool) -> None:
        self.kept, self.curves, self.is_many = kept, len(lengths), is_many
        self.lengths = array("q", left.tolist())
        first = kept[: lengths[0]]
        self.same = first if (lengths == lengths[0]).all() and (kept.reshape(len(lengths), -1) == first).all() else None
        """The points that are kept of every curve, if they are the same."""

    def of(self, column: Any) -> Any:
        """Return a column, or several by name, without the points that are not kept."""
        if isinstance(column, dict):
            return {name: self.of(inner) for name, inner in column.items()}
        if not isinstance(column, Numbers):
            return column
        values = np.frombuffer(column.values)
        if not self.is_many:
            return Numbers(_array(values[self.kept]))
        if column.lengths is None and self.same is not None:
            return Numbers(_array(values[self.same]))
        every = values if column.lengths is not None else np.tile(values, self.curves)
        return Numbers(_array(every[self.kept]), self.lengths)


def _columns(target: Mapping[str, Any]) -> list[Numbers]:
    x = target.get("x")
    named = [*(x.values() if isinstance(x, dict) else (x,)), *(target.get(name) for name in COLUMNS if name != "x")]
    return [column for column in named if isinstance(column, Numbers) and len(column.values)]


def _has_gaps(column: Numbers) -> bool:
    return bool(np.isnan(np.frombuffer(column.values)).any())


def _array(values: npt.NDArray[np.float64]) -> "array[float]":
    packed = array("d")
    packed.frombytes(np.ascontiguousarray(values).data.cast("B"))
    return packed
