"""Rows of cells: what a text and a sheet of a spreadsheet have in common."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

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

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        """Yield each row with its number."""
        return enumerate(self.begin(), self.first)


def transposed(rows: Rows) -> Rows:
    """Return rows and columns in each other's place: the first column becomes row 1."""
    columns = [list(column) for column in zip_longest(*(row for _, row in rows), fillvalue="")]
    return Rows(lambda: iter(columns))


def is_blank(row: Row) -> bool:
    """Tell whether nothing is in a row."""
    return not any(cell.strip() if isinstance(cell, str) else True for cell in row)


def text_of(cell: Cell) -> str:
    """Return what a person sees in a cell, without blanks around it."""
    if isinstance(cell, str):
        return cell.strip()
    return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
