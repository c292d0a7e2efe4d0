"""What belongs to a fit beside its row: data and labels."""

from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from app.jobs.data.columns import LEFT_OUT, LENGTHS, StoredData, of_curves
from app.jobs.fit.upcast import array_name
from app.jobs.store.blocks import read_blocks, read_lengths, read_numbers
from app.jobs.store.records import pack, unpack
from app.jobs.store.tables import fit_arrays, fit_metadata

# Built once: with many small fits, building statements takes longer than carrying them out.
_ADD_ARRAYS = insert(fit_arrays)
_ADD_METADATA = insert(fit_metadata)
_ARRAYS = select(fit_arrays).where(fit_arrays.c.fit_number.in_(bindparam("numbers", expanding=True)))
_ARRAYS_OF_ONE = select(fit_arrays).where(fit_arrays.c.fit_number == bindparam("number"))
_METADATA = select(fit_metadata).where(fit_metadata.c.fit_number.in_(bindparam("numbers", expanding=True)))


@dataclass(frozen=True)
class Belongings:
    """The measured data of a fit."""

    arrays: dict[str, "array[float]"]
    """Numbers by field and name."""
    labels: list[str] | None
    """Labels of the curves."""

    def with_labels(self, stored_request: Mapping[str, Any]) -> dict[str, Any]:
        """Return a stored request whose target has the labels."""
        return {**stored_request, "target": {**stored_request["target"], "labels": self.labels}}


def add_belongings(
    connection: Connection, number: int, arrays: Mapping[str, "array[float]"], metadata: Mapping[str, str]
) -> None:
    """Write data, by field and name, and labels of the new fit with this number."""
    if arrays:
        rows = [{"fit_number": number, "name": name, "numbers": pack(numbers)} for name, numbers in arrays.items()]
        connection.execute(_ADD_ARRAYS, rows)
    if metadata:
        pairs = [{"fit_number": number, "key": key, "value": value} for key, value in metadata.items()]
        connection.execute(_ADD_METADATA, pairs)


def data_of(connection: Connection, number: int, fit_id: str, stored_request: Mapping[str, Any]) -> Belongings:
    """Return the data of a fit, given its request as the table has it."""
    if are_in_blocks(stored_request):
        return Belongings(*read_blocks(connection, fit_id))
    return Belongings(arrays_of(connection, [number])[number], stored_request["target"].get("labels"))


def are_in_blocks(stored_request: Mapping[str, Any]) -> bool:
    """Tell whether the data of a stored request are in blocks; those of a damaged one are not."""
    target = stored_request.get("target")
    return isinstance(target, Mapping) and bool(target.get("in_blocks"))


def curves_data_of(
    connection: Connection, number: int, fit_id: str, data: StoredData, curves: range
) -> tuple[StoredData, dict[str, "array[float]"]]:
    """Return the data of some of many curves, which stand side by side, as those of a fit that has only these."""
    if not data.in_blocks:
        arrays = arrays_of(connection, [number])[number]
        lengths = arrays.pop(LENGTHS, None)
        some, places = of_curves(data, lengths, curves)
        parts = {name: _part_of(name, len(values), data, curves, places) for name, values in arrays.items()}
        numbers = {name: values[parts[name].start : parts[name].stop] for name, values in arrays.items()}
        return some, numbers | _lengths_of(lengths, curves)
    columns = read_lengths(connection, fit_id)
    count = columns.pop(LENGTHS, None)
    lengths = None if count is None else read_numbers(connection, fit_id, LENGTHS, 0, count)
    some, places = of_curves(data, lengths, curves)
    wanted = {name: _part_of(name, length, data, curves, places) for name, length in columns.items()}
    numbers = {name: read_numbers(connection, fit_id, name, part.start, part.stop) for name, part in wanted.items()}
    return some, numbers | _lengths_of(lengths, curves)


def _part_of(name: str, length: int, data: StoredData, curves: range, places: range) -> range:
    """Return the places in a column of the numbers of some curves: all where the curves share it."""
    if name == LEFT_OUT:
        return curves
    return places if length == data.points else range(length)


def _lengths_of(lengths: "array[float] | None", curves: range) -> dict[str, "array[float]"]:
    return {} if lengths is None else {LENGTHS: lengths[curves.start : curves.stop]}


def arrays_of(connection: Connection, numbers: Collection[int]) -> dict[int, dict[str, "array[float]"]]:
    """Return the data of the fits with these numbers, which are not in blocks, by number, field and name."""
    arrays: dict[int, dict[str, array[float]]] = {number: {} for number in numbers}
    # A statement with a list of values is compiled anew each time.
    if len(arrays) == 1:
        rows = connection.execute(_ARRAYS_OF_ONE, {"number": next(iter(arrays))})
    else:
        rows = connection.execute(_ARRAYS, {"numbers": [*arrays]})
    for row in rows:
        arrays[row.fit_number][array_name(row.name)] = unpack(row.numbers)
    return arrays


def metadata_of(connection: Connection, numbers: Collection[int]) -> dict[int, dict[str, str]]:
    """Return the labels of the fits with these numbers, by number."""
    metadata: dict[int, dict[str, str]] = {number: {} for number in numbers}
    for row in connection.execute(_METADATA, {"numbers": list(numbers)}):
        metadata[row.fit_number][row.key] = row.value
    return metadata
