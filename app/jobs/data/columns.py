"""Measured data as the table keeps them: numbers as arrays by name, and beside them what these numbers are."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.schemas.numbers import Numbers
from app.schemas.reading import Reading
from app.schemas.target import DataTarget

Arrays = Mapping[str, "array[float]"]
"""Numbers by field and name, `x.dose` or `y.y`.

Those of many curves stand curve after curve. A column is either so or, where all curves share it, has the points of
one. If the curves differ in length, `lengths.lengths` says how many points each has.
"""

SIGMA = "sigma.sigma"
LENGTHS = "lengths.lengths"
LEFT_OUT = "missing.left_out"
"""How many points each curve has lost because a value was missing; left out where none was."""
MOST_BYTES_IN_ONE = 2**18
"""Most bytes of data that are not kept in blocks."""


@dataclass(frozen=True)
class StoredData:
    """What the table keeps of measured data beside their numbers."""

    points: int
    """Number of points, all curves together."""
    variables: tuple[str, ...]
    """Names of the predictor variables."""
    several: bool
    """Whether x was given as an object of variables by name."""
    curves: int | None
    """Number of curves; None where y was one list, and not one for each of many curves."""
    sigma_absolute: bool
    """Whether sigma is the standard deviation itself."""
    response: str | None
    """Formula in y to which the model is fitted instead of y."""
    labels: list[str] | None
    """Labels of the curves."""
    missing: Literal["refuse", "omit"] | None = None
    """What became of values that were missing; None where an older version took the data."""
    reading: dict[str, Any] | None = None
    """How the file was read from which they come."""
    in_blocks: bool = False
    """Whether numbers and labels are kept in blocks, because they are large."""


def to_stored(target: DataTarget) -> tuple[StoredData, dict[str, "array[float]"]]:
    """Return measured data of a request as they are stored."""
    arrays = {
        f"{field}.{name}": column.values
        for field, columns in target.columns.items()
        for name, column in columns.items()
    }
    lengths = target.y.lengths
    if lengths is not None and min(lengths) != max(lengths):
        arrays[LENGTHS] = array("d", lengths)
    if lengths is not None and target.left_out is not None:
        arrays[LEFT_OUT] = array("d", target.left_out)
    stored = StoredData(
        points=len(target.y.values),
        variables=tuple(target.variables),
        several=isinstance(target.x, dict),
        curves=target.curves,
        labels=target.labels,
        sigma_absolute=target.sigma_absolute,
        response=target.response,
        missing=target.missing or ("refuse" if target.curves is None else "omit"),
        reading=None if target.reading is None else target.reading.model_dump(mode="json", exclude_none=True),
        in_blocks=bytes_of(arrays, target.labels) > MOST_BYTES_IN_ONE,
    )
    return stored, arrays


def bytes_of(arrays: Arrays, labels: Sequence[str] | None) -> int:
    """Return how many bytes numbers and labels take."""
    return sum(8 * len(values) for values in arrays.values()) + sum(len(label.encode()) for label in labels or ())


def of_curves(data: StoredData, lengths: "array[float] | None", curves: range) -> tuple[StoredData, range]:
    """Return what is kept of some curves beside their numbers, and the places of these among those of all curves.

    `lengths` are the numbers of points of the curves; None: all have as many.
    """
    if lengths is None:
        points = data.points // (data.curves or 1)
        places = range(curves.start * points, curves.stop * points)
    else:
        first = int(sum(lengths[: curves.start]))
        places = range(first, first + int(sum(lengths[curves.start : curves.stop])))
    return replace(data, points=len(places), curves=len(curves), labels=None, in_blocks=False), places


def from_stored(data: StoredData, arrays: Arrays) -> DataTarget:
    """Return stored data as a request had them."""
    columns = {path: _numbers(data, values, arrays) for path, values in arrays.items() if path != LEFT_OUT}
    variables = {path.removeprefix("x."): column for path, column in columns.items() if path.startswith("x.")}
    return DataTarget.model_construct(
        x=variables if data.several else variables["x"],
        y=columns["y.y"],
        sigma=columns.get(SIGMA),
        sigma_absolute=data.sigma_absolute,
        weights=columns.get("weights.weights"),
        response=data.response,
        labels=data.labels,
        missing=data.missing,
        reading=reading_of(data),
    )


def reading_of(data: StoredData) -> Reading | None:
    """Return how the file was read from which data come."""
    return None if data.reading is None else Reading.model_validate(data.reading)


def _numbers(data: StoredData, values: "array[float]", arrays: Arrays) -> Numbers:
    if data.curves is None or len(values) != data.points:
        return Numbers(values)
    lengths = arrays.get(LENGTHS)
    even = array("q", [data.points // data.curves]) * data.curves
    return Numbers(values, even if lengths is None else array("q", map(int, lengths)))
