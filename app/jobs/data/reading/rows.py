"""Rows of cells: what a text and a sheet of a spreadsheet have in common."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest

_RANGE = re.compile(r"^([A-Z]+)(\d+):([A-Z]+)(\d+)$")

Cell = str | float
"""A cell: a text, or in a spreadsheet a number. Dates and times of a spreadsheet are texts in ISO 8601."""
Row = Sequence[Cell]


@dataclass(frozen=True)
class Rows:
    """Rows that can be gone through again and again."""

    begin: Callable[[], Iterator[Row]]
    """Returns the rows from the first on, empty ones too."""
    first: int = 1
    """Number of the first row, as a spreadsheet counts."""
    first_column: int = 1
    """Number of the first column, as a spreadsheet counts."""
    is_turned: bool = False
    """Whether these rows were columns."""
    hides_gaps: bool = False
    """Whether it can't be seen which cell of a row is empty, as between blanks."""

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        """Yield each row with its number."""
        return enumerate(self.begin(), self.first)


def transposed(rows: Rows) -> Rows:
    """Return rows and columns in each other's place: the first column becomes row 1."""
    columns = [list(column) for column in zip_longest(*(row for _, row in rows), fillvalue="")]
    return Rows(lambda: iter(columns), rows.first_column, rows.first, not rows.is_turned)


def within(rows: Rows, cells: str | None) -> Rows:
    """Return the rows of a range of cells such as `B3:D20`; None: all."""
    match = None if cells is None else _RANGE.match(cells.upper())
    if match is None:
        return rows
    top, bottom = sorted((int(match[2]), int(match[4])))
    left, right = sorted((column_number(match[1]), column_number(match[3])))
    top = max(top, 1)

    def begin() -> Iterator[Row]:
        for row in islice(rows.begin(), top - 1, bottom):
            yield row[left - 1 : right]

    return replace(rows, begin=begin, first=top, first_column=left)


def column_number(letters: str) -> int:
    """Return the number of a column, from 1, that a spreadsheet calls by letters."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def is_blank(row: Row) -> bool:
    """Tell whether nothing is in a row."""
    return not any(cell.strip() if isinstance(cell, str) else True for cell in row)


def text_of(cell: Cell) -> str:
    """Return what a person sees in a cell, without blanks around it."""
    if isinstance(cell, str):
        return cell.strip()
    return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
