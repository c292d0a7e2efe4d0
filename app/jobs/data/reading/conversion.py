"""Columns of cells as columns of numbers: numerals, dates and times, and values that are missing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from app.jobs.data.reading.errors import DataFileError, shown
from app.jobs.data.reading.missing_words import missing_words
from app.jobs.data.reading.moments import looks_like_a_moment, moments_of
from app.jobs.data.reading.numerals import MISSING, Marks, marks_of, numbers_of
from app.jobs.data.reading.tables import Columns
from app.schemas.reading import MOST_NAMED, DateColumn, Reading

Floats = npt.NDArray[np.float64]

_MINUS = "\N{MINUS SIGN}"


@dataclass
class Converted:
    """Columns of numbers, and how their texts were read."""

    numbers: dict[str, Floats] = field(default_factory=dict)
    """Numbers by column, (rows,); NaN where a value is missing."""
    marks: Marks = field(default_factory=Marks)
    dates: dict[str, DateColumn] = field(default_factory=dict)
    date_order: str | None = None
    without_numbers: list[str] = field(default_factory=list)
    """Columns of texts alone, or of the numbers of rows, of those that may be left out."""


def converted(
    columns: Columns,
    numeric: Collection[str],
    dispensable: Collection[str],
    unnamed_first: str | None,
    reading: Reading,
    separator: str | None,
) -> Converted:
    """Return the numbers of the `numeric` columns, of which the `dispensable` ones need not have any.

    If the dispensable `unnamed_first` does no more than number the rows it is left out.
    Raises DataFileError for a text that is no number, or that is one in two ways.
    """
    words = pa.array(sorted(missing_words(reading.missing_words)), pa.string())
    texts = {name: _without_missing(columns.texts[name], words) for name in numeric}
    moments = {name for name, column in texts.items() if _has_moments(column)}
    numerals = {name: column for name, column in texts.items() if name not in moments}
    marks = marks_of(list(numerals.values()), separator, reading.decimal, reading.thousands)
    result = Converted(marks=marks)
    for name, column in texts.items():
        numbers = columns.numbers.get(name)
        try:
            values = _moments(name, column, reading, result) if name in moments else numbers_of(column, marks)
        except DataFileError as error:
            raise DataFileError(str(error), name, error.setting) from None
        has_numbers = numbers is not None or not bool(np.isnan(values).all())
        wrong = np.isnan(values) & column.is_valid().to_numpy(zero_copy_only=False)
        if name in dispensable and not has_numbers and wrong.any():
            result.without_numbers.append(name)
            continue
        if wrong.any():
            raise _no_number(name, columns, column, int(np.flatnonzero(wrong)[0]), is_moment=name in moments)
        if numbers is not None:
            if name in moments and not np.isnan(numbers).all():
                index = int(np.flatnonzero(~np.isnan(numbers))[0])
                raise DataFileError(f"{columns.place(name, index)} has a number, but others have dates or times", name)
            values = np.where(np.isnan(numbers), values, numbers)
        if name == unnamed_first and name in dispensable and _numbers_rows(values):
            result.without_numbers.append(name)
            continue
        result.numbers[name] = values
    return result


def echoed(reading: Reading, result: Converted, columns: Columns, found: Mapping[str, object]) -> Reading:
    """Return all that is known of how a file was read; `found` is what is known of its form."""
    return reading.model_copy(
        update={
            "decimal": result.marks.decimal,
            "thousands": result.marks.thousands,
            "date_order": result.date_order or reading.date_order,
            "dates": dict(islice(result.dates.items(), MOST_NAMED)) or None,
            "units": columns.units or None,
            "first_row": columns.rows[0] if columns.rows else None,
            "last_row": columns.rows[-1] if columns.rows else None,
            "left_out": columns.left_out,
            "left_out_columns": [name[:200] for name in result.without_numbers[:MOST_NAMED]] or None,
            **found,
        }
    )


def _numbers_rows(values: Floats) -> bool:
    """Tell whether values are 0, 1, 2, ... or 1, 2, 3, ..."""
    return len(values) > 1 and values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _without_missing(column: pa.ChunkedArray, words: pa.Array) -> pa.Array:
    """Return texts, null where a value is missing, with one form of the sign of minus."""
    texts = column.combine_chunks()
    texts = texts if isinstance(texts, pa.Array) else pa.concat_arrays(texts.chunks)
    is_missing = pc.is_in(pc.utf8_lower(texts), value_set=words)
    texts = pc.if_else(is_missing, MISSING, texts)
    return pc.replace_substring(texts, _MINUS, "-") if pc.any(pc.match_substring(texts, _MINUS)).as_py() else texts


def _has_moments(texts: pa.Array) -> bool:
    first = pc.index(texts.is_valid(), True).as_py()
    return first >= 0 and looks_like_a_moment(texts[first].as_py())


def _moments(name: str, texts: pa.Array, reading: Reading, result: Converted) -> Floats:
    found = moments_of(texts.to_pylist(), reading.date_order, reading.date_zero, reading.date_unit)
    result.dates[name[:200]] = DateColumn.model_validate({"zero": found.zero, "unit": found.unit})
    result.date_order = found.order or result.date_order
    return found.values


def _no_number(name: str, columns: Columns, texts: pa.Array, index: int, is_moment: bool) -> DataFileError:
    what = "no date and no time" if is_moment else "no number"
    text = texts[index].as_py()
    words = f"{columns.place(name, index)} has {shown(text)}, which is {what}"
    return DataFileError(f"{words}: {_remedy(text)}", name)


def _remedy(text: str) -> str:
    if text.endswith("%"):
        return "write the numbers without the percent sign"
    if text.startswith(("<", ">", "\N{LESS-THAN OR EQUAL TO}", "\N{GREATER-THAN OR EQUAL TO}")):
        return "a limit is no value; to leave such points out, name each text in reading.missing_words"
    return "if it stands for a missing value, name it in reading.missing_words"
