"""A text or a sheet of a spreadsheet as a file with named columns."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import pyarrow as pa

from app.jobs.data.reading.conversion import converted, echoed
from app.jobs.data.reading.errors import DataFileError, shown
from app.jobs.data.reading.header import Header, header_of, is_a_value
from app.jobs.data.reading.missing_words import missing_words
from app.jobs.data.reading.rows import Rows, text_of, transposed
from app.jobs.data.reading.tables import ChosenColumns, Columns, columns_of
from app.schemas.reading import Reading

MOST_COLUMNS = 10_000
"""Most columns of a text or a sheet, where each column costs much."""
LEAST_ROWS, _MOST_ROWS, _MOST_CELLS = 20, 200, 100_000
"""Rows, and cells, in which it is looked for what a column has."""


@dataclass(frozen=True)
class Wanted:
    """What is asked of a file."""

    names: tuple[str, ...] = ()
    """Columns that are named, without that of the curves."""
    curve: str | None = None
    """Column that tells to which curve a row belongs."""
    leading: tuple[str, ...] = ()
    """Columns of x."""
    all_others: bool = False
    """Whether all other columns are wanted too, if they have numbers."""
    reading: Reading = field(default_factory=Reading)
    texts: tuple[str, ...] = ()
    """Further columns that are read as texts."""

    @property
    def all_names(self) -> tuple[str, ...]:
        """Return the columns that are named."""
        return self.names if self.curve is None else (*self.names, self.curve)

    @property
    def text_names(self) -> frozenset[str]:
        """Return the columns that are read as texts."""
        return frozenset(self.texts if self.curve is None else (*self.texts, self.curve))


class SheetFile:
    """Rows of cells of which some are names and others numbers."""

    def __init__(
        self,
        rows: Rows,
        wanted: Wanted,
        separator: str | None,
        found: Mapping[str, object],
        check: Callable[[int], None],
    ) -> None:
        self._wanted, self._separator, self._check = wanted, separator, check
        self._rows, self._header, is_transposed = _turned(rows, wanted)
        self._found = {**found, "header_row": self._header.row, "transpose": is_transposed or None}
        if self._header.comment is not None:
            self._found["comment"] = self._header.comment
        self.columns: Columns | None = None
        """The cells that were read."""
        self.reading = wanted.reading
        self.warnings: list[str] = []

    @property
    def names(self) -> Sequence[str]:
        """Return the names of all columns."""
        return self._header.names

    def read(self, columns: Collection[str]) -> pa.Table:
        """Return some columns: numbers, null where one is missing. Raises DataFileError for what is no number."""
        wanted = self._wanted
        texts = [name for name in columns if name in wanted.text_names]
        numeric = [name for name in columns if name not in texts]
        leading = [name for name in wanted.leading if name in columns]
        chosen = ChosenColumns(numeric, texts, leading, wanted.reading, self._check)
        found = columns_of(self._rows, self._header, chosen)
        self.columns = found
        dispensable = set(numeric) - set(wanted.names) if wanted.all_others else set()
        first = self._header.names[0] if self._header.has_unnamed_first else None
        result = converted(found, numeric, dispensable, first, wanted.reading, self._separator)
        self.reading = echoed(wanted.reading, result, found, self._found)
        self.warnings = _warnings(found)
        table = {name: pa.array(values, from_pandas=True) for name, values in result.numbers.items()}
        labels = {name: _labels(found.texts[name]) for name in texts}
        return pa.table(table | labels)

    def columns_of_texts(self) -> list[str]:
        """Return the columns in whose first rows there are more texts than numbers, dates and times."""
        names = self._header.names
        balance = [0] * len(names)
        missing = missing_words(self._wanted.reading.missing_words)
        rows = (row for number, row in self._rows if number > self._header.row)
        for row in islice(rows, max(LEAST_ROWS, min(_MOST_ROWS, _MOST_CELLS // len(names)))):
            for place, cell in enumerate(map(text_of, row[: len(names)])):
                if cell.lower() not in missing:
                    balance[place] += 1 if is_a_value(cell) else -1
        return [name for name, count in zip(names, balance, strict=True) if count < 0]

    def place(self, column: str, index: int) -> str:
        """Return in words where a value stands, and what stands there."""
        if self.columns is None:
            return f"row {index}, counted from 0"
        text = self.columns.texts[column][index].as_py()
        here = "is empty" if not text else f"has {shown(text)}"
        return f"{self.columns.place(column, index)} {here}"


def _turned(rows: Rows, wanted: Wanted) -> tuple[Rows, Header, bool]:
    """Return the rows, turned if x stands in a row, the names of the columns, and whether they are turned."""
    names = [name.strip() for name in wanted.all_names]
    if wanted.reading.transpose:
        _check_ends(rows, names)
        rows = transposed(rows)
    header = header_of(rows, names, wanted.reading)
    if wanted.reading.transpose is None and len(names) > 1 and not set(names) <= set(header.names):
        turned = transposed(replace(rows, begin=lambda: (row[:1] for row in rows.begin())))
        first_column = header_of(turned, names, wanted.reading)
        if set(names) <= set(first_column.names):
            _check_ends(rows, names)
            turned = transposed(rows)
            return turned, header_of(turned, names, wanted.reading), True
    return rows, header, bool(wanted.reading.transpose)


def _check_ends(rows: Rows, names: Collection[str]) -> None:
    """Raise DataFileError for rows with these names that end apart, where it can't be seen which cell is empty."""
    if not rows.hides_gaps:
        return
    lengths = {number: len(row) for number, row in rows if row and row[0] in names}
    for number, length in lengths.items():
        if length < max(lengths.values()):
            words = f"row {number} has {length} cells, but others {max(lengths.values())}"
            raise DataFileError(
                f"{words}, and between blanks it can't be seen which cell is empty: write NaN there, "
                "or separate the cells by tabs or commas"
            )


def _labels(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts of which each is kept once, null where there is none."""
    coded = texts.dictionary_encode()
    return (
        coded
        if pa.compute.all(pa.compute.not_equal(texts, "")).as_py()
        else pa.compute.if_else(pa.compute.not_equal(texts, ""), texts, None)
    )


def _warnings(columns: Columns) -> list[str]:
    if columns.trailing is None:
        return []
    number, text = columns.trailing
    rest = f"the file from row {number} on ({shown(text)})"
    return [f"{rest} was taken for no data and left out: set reading.last_row if it is"]
