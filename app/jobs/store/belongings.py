"""What belongs to a fit beside its row: data and labels."""

from array import array
from collections.abc import Collection, Mapping

from sqlalchemy import Connection, bindparam, insert, select

from app.jobs.fit.upcast import array_name
from app.jobs.store.records import pack, unpack
from app.jobs.store.tables import fit_arrays, fit_metadata

# Built once: with many small fits, building statements takes longer than carrying them out.
_ADD_ARRAYS = insert(fit_arrays)
_ADD_METADATA = insert(fit_metadata)
_ARRAYS = select(fit_arrays).where(fit_arrays.c.fit_number == bindparam("number"))
_METADATA = select(fit_metadata).where(fit_metadata.c.fit_number.in_(bindparam("numbers", expanding=True)))


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


def arrays_of(connection: Connection, number: int) -> dict[str, "array[float]"]:
    """Return the data of the fit with this number, by field and name."""
    rows = connection.execute(_ARRAYS, {"number": number})
    return {array_name(row.name): unpack(row.numbers) for row in rows}


def metadata_of(connection: Connection, numbers: Collection[int]) -> dict[int, dict[str, str]]:
    """Return the labels of the fits with these numbers, by number."""
    metadata: dict[int, dict[str, str]] = {number: {} for number in numbers}
    for row in connection.execute(_METADATA, {"numbers": list(numbers)}):
        metadata[row.fit_number][row.key] = row.value
    return metadata
