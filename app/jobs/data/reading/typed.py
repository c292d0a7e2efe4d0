"""Columns of Parquet and Arrow files: dates and times become numbers, as those of texts do."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from app.jobs.data.reading.moments import SECONDS, UNIX, moment_of
from app.jobs.data.reading.sheets import Wanted
from app.schemas.reading import MOST_NAMED, DateColumn, Reading

_MICRO = 1_000_000
_TIMES = ("s", "ms", "us", "ns")


@dataclass(frozen=True)
class Typed:
    """A table of numbers, and how they were read."""

    table: pa.Table
    reading: Reading


def with_numbers(table: pa.Table, wanted: Wanted, reading: Reading) -> Typed:
    """Return a table with numbers in the place of dates and times.

    Of all other columns, those are left out that have neither these nor numbers. Raises DataFileError for a zero that
    is no date.
    """
    typed = Typed(table, reading)
    for name, count in Counter(table.column_names).items():
        if name not in wanted.text_names and count == 1:
            typed = _with_column(typed, name, wanted)
    return typed


def _with_column(typed: Typed, name: str, wanted: Wanted) -> Typed:
    column, place = typed.table[name], typed.table.column_names.index(name)
    kind = column.type
    if pa.types.is_temporal(kind):
        values, dates = _numbers(column, wanted.reading)
        known = dict(islice({**(typed.reading.dates or {}), _told(name): dates}.items(), MOST_NAMED))
        table = typed.table.set_column(place, name, pa.chunked_array([pa.array(values, from_pandas=True)]))
        return replace(typed, table=table, reading=typed.reading.model_copy(update={"dates": known}))
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    if wanted.all_others and name not in wanted.names and (is_text or pa.types.is_boolean(kind)):
        left_out = [*(typed.reading.left_out_columns or []), _told(name)][:MOST_NAMED]
        table = typed.table.remove_column(place)
        return replace(typed, table=table, reading=typed.reading.model_copy(update={"left_out_columns": left_out}))
    return typed


def _told(name: str) -> str:
    """Return the name of a column for the answer."""
    return name[:200] or "''"


def _numbers(column: pa.ChunkedArray, reading: Reading) -> tuple[npt.NDArray[np.float64], DateColumn]:
    """Return dates or times as numbers, and what 0 and 1 are."""
    kind = column.type
    if pa.types.is_time(kind) or pa.types.is_duration(kind):
        unit = reading.date_unit or "seconds"
        # A duration has no cast to a time, but both count whole units.
        ticks = pc.cast(column, pa.int32() if pa.types.is_time32(kind) else pa.int64())
        values = _floats(ticks) / (10.0 ** (3 * _TIMES.index(kind.unit)) * SECONDS[unit])
        return values, DateColumn(zero="00:00:00", unit=unit)
    unit = reading.date_unit or ("days" if pa.types.is_date(kind) else "seconds")
    moments = pc.cast(pc.cast(column, pa.timestamp("us"), safe=False), pa.int64())
    if reading.date_zero is not None:
        zero = moment_of(reading.date_zero)
    else:
        first = pc.min(moments).as_py()
        zero = UNIX if first is None else _moment(first)
    since = pc.subtract(
        moments, (zero - UNIX).days * 86_400 * _MICRO + (zero - UNIX).seconds * _MICRO + zero.microsecond
    )
    return _floats(since) / (_MICRO * SECONDS[unit]), DateColumn(zero=zero.isoformat(), unit=unit)


def _moment(microseconds: int) -> datetime:
    moment = np.datetime64(microseconds, "us").astype(datetime)
    return moment if isinstance(moment, datetime) else UNIX


def _floats(ticks: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    floats: npt.NDArray[np.float64] = pc.cast(ticks, pa.float64(), safe=False).to_numpy()
    return floats
