"""Large texts whose first rows tell the form of all the others: they are left to Arrow, which is much quicker.

Whatever there is in them that the first rows do not have, Arrow takes for no number, and the text is read row by row.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from app.jobs.data.reading.errors import DataFileError
from app.jobs.data.reading.missing_words import missing_words
from app.jobs.data.reading.numerals import Marks, are_sure
from app.jobs.data.reading.separators import BLANKS, rows_of
from app.jobs.data.reading.sheets import SheetFile, Wanted
from app.schemas.reading import Reading

LEAST = 2**18
"""Characters of a text from which on this is worth its while."""
_HEAD = 2**16
_LINES_OF_THEIR_OWN = ("\n#", "\n%", "\n//", "\n\n", "\n\r\n")
_WORDS = sorted({form for word in missing_words(None) for form in (word, word.upper(), word.title())} | {"NaN", "n.D."})


@dataclass(frozen=True)
class Regular:
    """Some columns of a text, and how they were read."""

    table: pa.Table
    reading: Reading


def regular(text: str, separator: str | None, wanted: Wanted, columns: Collection[str]) -> Regular | None:
    """Return columns of numbers, null where one is missing; None for a text that has to be read row by row."""
    settings = wanted.reading.model_dump(exclude_none=True, exclude={"format", "encoding", "separator", "decimal"})
    if separator in (BLANKS, None) or settings or any(mark in text.rstrip() for mark in _LINES_OF_THEIR_OWN):
        return None
    head = text[:_HEAD]
    head = head[: head.rfind("\n") + 1]
    try:
        first = SheetFile(rows_of(head, separator), wanted, separator, {}, lambda _: None)
        first.read(columns)
    except DataFileError:
        return None
    names, reading, left_out = first.names, first.reading, first.reading.left_out
    is_told = (
        first.columns is not None
        and left_out is not None
        and not (left_out.comments or left_out.blank or left_out.trailing)
        and not (reading.dates or reading.left_out_columns or reading.transpose or reading.comment)
        and reading.thousands == "none"
        and len(set(names)) == len(names)
    )
    if not is_told or first.columns is None or reading.first_row is None:
        return None
    marks = Marks(reading.decimal or ".")
    numeric = [name for name in columns if name not in wanted.text_names]
    preamble = "".join(line for _, line in zip(range(reading.first_row - 1), head.splitlines(True), strict=False))
    if '"' in preamble or not are_sure([first.columns.texts[name].combine_chunks() for name in numeric], marks):
        return None
    table = _table(text, separator or "", names, columns, wanted, reading.first_row - 1, marks)
    if table is None:
        return None
    last = {"last_row": reading.first_row + table.num_rows - 1}
    return Regular(table, reading.model_copy(update=last))


def _table(
    text: str,
    separator: str,
    names: Sequence[str],
    columns: Collection[str],
    wanted: Wanted,
    skipped: int,
    marks: Marks,
) -> pa.Table | None:
    """Return what Arrow reads; None where it meets anything but numbers and missing values."""
    data = text.encode()
    labels = pa.dictionary(pa.int32(), pa.string())
    types = {name: labels if name in wanted.text_names else pa.float64() for name in columns}
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(data),
            pa.csv.ReadOptions(
                use_threads=False, block_size=len(data) + 1, skip_rows=skipped, column_names=list(names)
            ),
            pa.csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            pa.csv.ConvertOptions(
                include_columns=list(types), column_types=types, decimal_point=marks.decimal, null_values=_WORDS
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None
    for name in table.column_names:
        column = table[name]
        if name == wanted.curve:
            if any("" in chunk.dictionary.to_pylist() for chunk in column.chunks):
                return None
        elif name in wanted.text_names:
            continue
        elif pc.any(pc.is_inf(column)).as_py() or (name in wanted.leading and column.null_count):
            return None
    return None if not wanted.leading and any(column.null_count for column in table.columns) else table
