"""Texts with columns: CSV in its plain form is left to Arrow; whatever is not plain is read row by row."""

import csv
import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from app.jobs.data.reading.encodings import decoded
from app.jobs.data.reading.errors import DataFileError
from app.jobs.data.reading.regular import LEAST, regular
from app.jobs.data.reading.rows import Rows, within
from app.jobs.data.reading.separators import rows_of, separator_of, without_named_separator
from app.jobs.data.reading.sheets import MOST_COLUMNS, SheetFile, Wanted
from app.schemas.reading import Reading

_HEAD_BYTES = 2**16
_UTF_8 = b"\xef\xbb\xbf"


class TextFile:
    """A text of which the first look tells whether it is plain CSV; the others are read in whatever form they have."""

    def __init__(self, data: bytes, wanted: Wanted, check: Callable[[int], None]) -> None:
        self._data, self._wanted, self._check = data, wanted, check
        self._form: _Form | None = None
        self._sheet: SheetFile | None = None
        self._regular: Reading | None = None
        self._plain = _plain_names(data, wanted)
        if self._plain is None:
            self._look()
        if len(self.names) > MOST_COLUMNS:
            raise DataFileError(f"the file has more than {MOST_COLUMNS} columns")

    @property
    def names(self) -> Sequence[str]:
        """Return the names of all columns."""
        return self._plain or [] if self._sheet is None else self._sheet.names

    @property
    def reading(self) -> Reading:
        """Return how the file was read."""
        if self._sheet is not None:
            return self._regular or self._sheet.reading
        plain = {"format": "text", "encoding": "utf-8", "separator": ",", "decimal": ".", "header_row": 1}
        return self._wanted.reading.model_copy(update=plain)

    @property
    def warnings(self) -> list[str]:
        """Return what a person should know of how the file was read."""
        return [] if self._sheet is None else self._sheet.warnings

    def read(self, columns: Collection[str]) -> pa.Table:
        """Return some columns: numbers, null where one is missing. Raises DataFileError for what is no number."""
        if self._sheet is None:
            table = _plain_table(self._data, columns, self._wanted)
            if table is not None:
                return table
        form, sheet = self._look()
        if not set(columns) <= set(sheet.names):
            # Its names were read as UTF-8, but something far behind them is not.
            raise DataFileError("the encoding of the file can't be told: set it", setting="encoding")
        if len(form.text) >= LEAST:
            found = regular(form.text, form.separator, self._wanted, columns)
            if found is not None:
                self._regular = found.reading.model_copy(update=form.found)
                return found.table
        return sheet.read(columns)

    def columns_of_texts(self) -> list[str]:
        """Return the columns in whose first rows there are more texts than numbers, dates and times."""
        return self._look()[1].columns_of_texts()

    def place(self, column: str, index: int) -> str:
        """Return in words where a value stands, and what stands there."""
        if self._sheet is None:
            return f"row {index + 2}"
        if self._regular is not None:
            self._sheet.read([column, *self._wanted.all_names])
        return self._sheet.place(column, index)

    def _look(self) -> "tuple[_Form, SheetFile]":
        """Return the text and its rows."""
        if self._form is None or self._sheet is None:
            self._form = _form_of(self._data, self._wanted)
            self._sheet = SheetFile(self._form.rows, self._wanted, self._form.separator, self._form.found, self._check)
        return self._form, self._sheet


@dataclass(frozen=True)
class _Form:
    text: str
    rows: Rows
    encoding: str
    separator: str | None

    @property
    def found(self) -> dict[str, object]:
        """Return what the echo says of it."""
        return {"format": "text", "encoding": self.encoding, "separator": self.separator}


def _form_of(data: bytes, wanted: Wanted) -> _Form:
    text, encoding = decoded(data, wanted.reading.encoding)
    text, named = without_named_separator(text)
    names = [name.strip() for name in wanted.all_names]
    separator = wanted.reading.separator or named or separator_of(text, names)
    return _Form(text, within(rows_of(text, separator), wanted.reading.range), encoding, separator)


def _plain_names(data: bytes, wanted: Wanted) -> list[str] | None:
    """Return the names of columns in the first row of plain CSV; None for what may be something else."""
    if wanted.reading.model_dump(exclude_none=True, exclude={"format"}) or data.find(b"\n#") >= 0:
        return None
    head = data[:_HEAD_BYTES].removeprefix(_UTF_8)
    # A row of names that is longer than this is none.
    line = head[: head.find(b"\n") + 1]
    try:
        names = next(csv.reader(io.StringIO(line.decode(), newline="")), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    is_plain = names and all(name and name == name.strip() for name in names) and not names[0].startswith(("#", "%"))
    has_all = set(wanted.all_names) <= set(names) and len(set(names)) == len(names)
    # One name is found in the first row of a text with other separators too.
    return names if is_plain and has_all and (wanted.all_names or len(names) > 1) else None


def _plain_table(data: bytes, columns: Collection[str], wanted: Wanted) -> pa.Table | None:
    """Return some columns of plain CSV; None where it is not so plain, or a value is missing."""
    curve, text = wanted.curve, pa.dictionary(pa.int32(), pa.string())
    types = {name: text if name in wanted.text_names else pa.float64() for name in columns}
    try:
        table = pa.csv.read_csv(
            pa.BufferReader(data),
            # One block, or a long row might not fit.
            pa.csv.ReadOptions(use_threads=False, block_size=len(data) + 1),
            # Where x is not in the file, an empty line is a value that is missing.
            pa.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=bool(wanted.leading)),
            pa.csv.ConvertOptions(include_columns=list(types), column_types=types),
        )
    except pa.ArrowInvalid:
        return None
    numbers = [
        column for name, column in zip(table.column_names, table.columns, strict=True) if name not in wanted.text_names
    ]
    labels = [] if curve not in table.column_names else table[curve].chunks
    whole = not any("" in chunk.dictionary.to_pylist() for chunk in labels) and all(
        not column.null_count and pc.all(pc.is_finite(column)).as_py() is not False for column in numbers
    )
    return table if whole and table.num_rows else None
