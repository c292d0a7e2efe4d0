"""Rows of cells as columns with names: where the numbers begin, and where they end."""

from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from app.jobs.data.reading.errors import DataFileError, shown
from app.jobs.data.reading.header import COMMENTS, Header, is_a_value
from app.jobs.data.reading.missing_words import missing_words
from app.jobs.data.reading.rows import Row, Rows, is_blank, text_of
from app.schemas.reading import MOST_NAMED, Reading, RowsLeftOut

_MOST_UNDER_NAMES = 3
"""Rows of units or remarks that may stand between the names and the numbers."""
_MOST_TRAILING = 200
"""Rows at the end that may be no data."""
_ROWS_AT_ONCE = 4096
_TOTALS = frozenset(
    [
        *("total", "totals", "sum", "mean", "average", "avg", "median", "std", "sd", "stdev", "min", "max", "count"),
        *("n", "cv", "total:", "sum:", "mean:", "summe", "mittelwert", "gesamt", "somme", "moyenne"),
    ]
)


@dataclass
class Columns:
    """The cells of some columns, row by row."""

    texts: dict[str, pa.ChunkedArray]
    """Texts without blanks around them, null where a cell has a number."""
    numbers: dict[str, npt.NDArray[np.float64]]
    """Numbers of a spreadsheet, NaN where a cell has a text; columns without any are left out."""
    rows: "array[int]"
    """Number of each row."""
    is_turned: bool = False
    """Whether these rows were columns."""
    units: dict[str, str] = field(default_factory=dict)
    left_out: RowsLeftOut = field(default_factory=RowsLeftOut)
    trailing: tuple[int, str] | None = None
    """The first of the rows at the end that were left out and had something in them: its number and first text."""

    def place(self, column: str, index: int) -> str:
        """Return in words where a value stands."""
        row = self.rows[index]
        name = shown(column)
        return f"column {row} of the row {name}" if self.is_turned else f"row {row} of the column {name}"


@dataclass(frozen=True)
class ChosenColumns:
    """The columns that are taken of a table, and how it is read."""

    numeric: Sequence[str]
    """Columns of numbers."""
    texts: Collection[str]
    """Columns of texts."""
    leading: Collection[str]
    """The columns of x among them: a row at the end without a number there is no data."""
    reading: Reading
    check: Callable[[int], None]
    """Is told of the number of rows, and raises an error for too many."""


def columns_of(rows: Rows, header: Header, wanted: ChosenColumns) -> Columns:
    """Return the columns that are wanted.

    Raises DataFileError for a row that has more cells than there are names.
    """
    return _Collecting(rows, header, wanted).collected()


class _Collecting:
    def __init__(self, rows: Rows, header: Header, wanted: ChosenColumns) -> None:
        numeric, texts, leading, reading = wanted.numeric, wanted.texts, wanted.leading, wanted.reading
        self.rows, self.header, self.reading, self.check = rows, header, reading, wanted.check
        self.names = [*numeric, *texts]
        self.places = {name: header.names.index(name) for name in self.names}
        self.numeric = [self.places[name] for name in numeric]
        self.leading = [self.places[name] for name in leading] or self.numeric
        self.has_leading = bool(leading)
        self.missing = missing_words(reading.missing_words)
        self.chunks: dict[str, list[pa.Array]] = {name: [] for name in self.names}
        self.numbers: dict[str, list[npt.NDArray[np.float64]]] = {name: [] for name in self.names}
        self.kept = array("q")
        self.comments = self.blank = self.trailing = 0
        self.waiting: list[tuple[int, Row]] = []
        """Rows that are read and not yet in columns."""
        self.held_blank: list[tuple[int, Row]] = []
        """Blank rows, which count as missing only if others follow and x is not in the file."""

    def collected(self) -> Columns:
        units: dict[str, str] = {}
        data = self._data_rows()
        first = self._after_units(data, units)
        for number, row in first:
            self._take(number, row)
        for number, row in data:
            self._take(number, row)
        told = self._cut_trailing()
        self._flush(len(self.waiting))
        left_out = RowsLeftOut(comments=self.comments, blank=self.blank, trailing=self.trailing)
        texts = {name: pa.chunked_array(chunks, pa.string()) for name, chunks in self.chunks.items()}
        numbers = {name: np.concatenate(parts) for name, parts in self.numbers.items() if parts}
        some = {name: values for name, values in numbers.items() if not np.isnan(values).all()}
        return Columns(texts, some, self.kept, self.rows.is_turned, units, left_out, told)

    def _data_rows(self) -> Iterator[tuple[int, Row]]:
        """Yield the rows after the names that are no comments, within those that a person has set."""
        first = self.reading.first_row or self.header.row + 1
        last = self.reading.last_row
        for number, row in self.rows:
            if number < first or number <= self.header.row:
                continue
            if last is not None and number > last:
                self.trailing += not is_blank(row)
                continue
            if not self._is_comment(row):
                self._check_width(number, row)
                yield number, row
            else:
                self.comments += 1

    def _is_comment(self, row: Row) -> bool:
        """Tell whether a row is a comment: it begins with a mark, which is none of a label before numbers."""
        if not row or not isinstance(row[0], str):
            return False
        text = row[0].lstrip()
        if self.reading.comment is not None:
            return text.startswith(self.reading.comment)
        if not text.startswith(COMMENTS):
            return False
        cells = [self._cell(row, place) for place in self.numeric if place]
        return 0 in self.numeric or not all(is_a_value(cell) for cell in cells) or not cells

    def _check_width(self, number: int, row: Row) -> None:
        most = len(self.header.names)
        if len(row) > most and self.header.row and any(map(text_of, row[most:])):
            line = "column" if self.rows.is_turned else "row"
            words = f"{line} {number} has {len(row)} cells, but there are {most} names in {line} {self.header.row}"
            raise DataFileError(
                f"{words}: if the decimal mark is a comma, separate the cells by another; "
                f"if the names stand elsewhere, set reading.header_row"
            )

    def _after_units(self, data: Iterator[tuple[int, Row]], units: dict[str, str]) -> list[tuple[int, Row]]:
        """Return the first rows of data, and note what stands before them under the names."""
        if self.reading.first_row is not None:
            return []
        first = list(islice(data, _MOST_UNDER_NAMES + 1))
        under = 0
        while under < min(_MOST_UNDER_NAMES, len(first) - 1) and self._is_under_names(first[under][1]):
            under += 1
        if under and any(is_a_value(cell) for cell in self._numeric_cells(first[under][1])):
            for place, name in enumerate(self.header.names):
                unit = self._cell(first[0][1], place)
                if unit and len(units) < MOST_NAMED:
                    units[name[:200]] = unit[:200]
            return first[under:]
        return first

    def _is_under_names(self, row: Row) -> bool:
        cells = [cell for cell in self._numeric_cells(row) if cell]
        return bool(cells) and not any(is_a_value(cell) or cell.lower() in self.missing for cell in cells)

    def _take(self, number: int, row: Row) -> None:
        if not any(self._numeric_cells(row)):
            # Where x comes with the request, the place of a row tells to which x it belongs.
            if self.has_leading or (is_blank(row) and not self.kept and not self.waiting):
                self.blank += 1
            else:
                self.held_blank.append((number, row))
            return
        for held in self.held_blank:
            self._keep(*held)
        self.held_blank.clear()
        self._keep(number, row)

    def _keep(self, number: int, row: Row) -> None:
        self.waiting.append((number, row))
        if len(self.waiting) >= _ROWS_AT_ONCE + _MOST_TRAILING:
            self._flush(_ROWS_AT_ONCE)

    def _cut_trailing(self) -> tuple[int, str] | None:
        """Take away the rows at the end that are no data, and return the first of them with its first text."""
        self.blank += len(self.held_blank)
        count = 0
        while count < min(len(self.waiting), _MOST_TRAILING) and self._is_no_data(self.waiting[-1 - count][1]):
            count += 1
        if not count or (count == len(self.waiting) and not self.kept):
            return None
        cut = self.waiting[-count:]
        del self.waiting[-count:]
        self.trailing += count
        filled = ((number, text_of(cell)) for number, row in cut for cell in row if text_of(cell))
        return next(filled, None)

    def _is_no_data(self, row: Row) -> bool:
        """Tell whether a row at the end is a total or a remark: a text stands where x should, or a word for a total."""
        leading = [self._cell(row, place) for place in self.leading]
        if self.has_leading:
            if any(cell and cell.lower() not in self.missing and not is_a_value(cell) for cell in leading):
                return True
            words = {text_of(cell).lower() for cell in row}
            return not any(leading) and bool(words & _TOTALS)
        numeric = [cell for cell in self._numeric_cells(row) if cell]
        return not any(is_a_value(cell) or cell.lower() in self.missing for cell in numeric)

    def _check_gaps(self, rows: Sequence[tuple[int, Row]]) -> None:
        """Raise DataFileError for a row with an empty cell, where it can't be seen which cell that is."""
        most = len(self.header.names)
        for number, row in rows:
            if len(row) < most and self.header.row and not is_blank(row):
                words = f"row {number} has {len(row)} cells, but there are {most} names in row {self.header.row}"
                raise DataFileError(
                    f"{words}, and between blanks it can't be seen which cell is empty: write NaN there, "
                    "or separate the cells by tabs or commas"
                )

    def _flush(self, count: int) -> None:
        some, self.waiting = self.waiting[:count], self.waiting[count:]
        if not some:
            return
        if self.rows.hides_gaps:
            self._check_gaps(some)
        self.kept.extend(number for number, _ in some)
        self.check(len(self.kept))
        for name, place in self.places.items():
            cells = [row[place] if place < len(row) else "" for _, row in some]
            numbers = np.array([np.nan if isinstance(cell, str) else cell for cell in cells])
            is_text = [cell.strip() if isinstance(cell, str) else None for cell in cells]
            if place not in self.numeric:
                is_text = [text_of(cell) for cell in cells]
            self.chunks[name].append(pa.array(is_text, pa.string()))
            self.numbers[name].append(numbers)

    def _numeric_cells(self, row: Row) -> list[str]:
        return [self._cell(row, place) for place in self.numeric]

    def _cell(self, row: Row, place: int) -> str:
        return text_of(row[place]) if place < len(row) else ""
