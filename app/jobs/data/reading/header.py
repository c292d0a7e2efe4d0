"""The names of the columns of a table, and the row in which they stand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from unicodedata import normalize

from app.jobs.data.reading.errors import DataFileError
from app.jobs.data.reading.moments import looks_like_a_moment
from app.jobs.data.reading.numerals import looks_like_a_number
from app.jobs.data.reading.rows import Row, Rows, is_blank, text_of
from app.schemas.reading import Reading

_HEAD_ROWS = 1000
"""Rows among which the names are looked for."""
_LONGEST_UNIT = 8
COMMENTS = ("#", "%", "//")


@dataclass(frozen=True)
class Header:
    """The names of the columns."""

    row: int
    """Row in which they stand; 0: none does."""
    names: list[str]
    comment: str | None = None
    """The mark of comments before them, as in `# x y`."""
    has_unnamed_first: bool = False
    """Whether nothing stands above the first column, as where a program writes the numbers of rows."""


def header_of(rows: Rows, wanted: Collection[str], reading: Reading) -> Header:
    """Return the names of the columns: of the first row that has all that are wanted, else of the likeliest one.

    Raises DataFileError for rows in which nothing is.
    """
    if reading.header_row == 0:
        width = max((len(row) for _, row in islice(rows, _HEAD_ROWS)), default=0)
        return Header(0, [f"column {number}" for number in range(1, width + 1)])
    head = list(islice(rows, max(_HEAD_ROWS, reading.header_row or 0)))
    if reading.header_row is not None:
        chosen = [row for number, row in head if number == reading.header_row]
        if not chosen:
            raise DataFileError("the file has no such row", setting="header_row")
        header = _header(reading.header_row, chosen[0], wanted, reading.comment)
        if not header.names:
            raise DataFileError("this row has no names", setting="header_row")
        return header
    commented = None
    for number, row in head:
        if is_blank(row):
            continue
        header = _header(number, row, wanted, reading.comment)
        if wanted and set(wanted) <= set(header.names):
            if header.comment is None:
                return header
            commented = commented or header
    if commented is not None:
        return commented
    return _likeliest(head, wanted, reading)


def _header(number: int, row: Row, wanted: Collection[str], comment: str | None) -> Header:
    names = [text_of(cell) for cell in row]
    mark = next((mark for mark in ((comment,) if comment else COMMENTS) if names and names[0].startswith(mark)), None)
    if mark is not None:
        names[0] = names[0].removeprefix(mark).lstrip()
        if not names[0]:
            names = names[1:]
    while names and not names[-1]:
        names.pop()
    told = _as_wanted([name or f"column {place}" for place, name in enumerate(names, 1)], wanted)
    return Header(number, told, mark, bool(names) and not names[0])


def _as_wanted(names: list[str], wanted: Collection[str]) -> list[str]:
    """Return names, as they are wanted where they differ from that in nothing that is seen."""
    looks = {seen(name): name for name in set(wanted) - set(names)}
    return [looks.get(seen(name), name) for name in names] if looks else names


def seen(name: str) -> str:
    """Return what a person sees of a name: one form of letters such as the micro sign and mu, single blanks."""
    return name if name.isascii() and name.isalnum() else " ".join(normalize("NFKC", name).split())


def _likeliest(head: Sequence[tuple[int, Row]], wanted: Collection[str], reading: Reading) -> Header:
    """Return the row before the first one with mostly numbers, or the first row with anything.

    The columns of a plate are called by number: 1, 2, 3, ..., behind a blank or a mark. A row of units stands under the
    names.
    """
    last = before = None
    for number, row in head:
        # Nothing is named by the mark of a comment with nothing behind it.
        if is_blank(row) or not _header(number, row, wanted, reading.comment).names:
            continue
        cells = [text_of(cell) for cell in row if text_of(cell)]
        if last is not None and 2 * sum(map(is_a_value, cells)) > len(cells):
            if _calls_by_number(row) and len(row) > len(last[1]):
                last = (number, row)
            elif before is not None and before[0] == last[0] - 1 and _are_units(last[1], before[1]):
                last = before
            break
        if last is None or len(cells) > 1:
            before, last = last, (number, row)
    if last is None:
        raise DataFileError("the file is empty")
    return _header(*last, wanted, reading.comment)


def _are_units(row: Row, names: Row) -> bool:
    """Tell whether a row is of units under a row of names: short texts under as many names, no two of them alike."""
    units, above = [text_of(cell) for cell in row], [text_of(cell) for cell in names]
    filled = [name for name in above if name]
    is_under = all(not unit or (place < len(above) and above[place]) for place, unit in enumerate(units))
    is_short = all(len(unit) <= _LONGEST_UNIT for unit in units)
    are_names = len(filled) > 1 and len(set(filled)) == len(filled) and not any(map(is_a_value, filled))
    return is_under and is_short and are_names


def _calls_by_number(row: Row) -> bool:
    first, *others = map(text_of, row)
    while others and not others[-1]:
        others.pop()
    return not is_a_value(first) and len(others) > 1 and others == [str(n) for n in range(1, len(others) + 1)]


def is_a_value(text: str) -> bool:
    """Tell whether a text looks like a number, a date or a time."""
    return looks_like_a_number(text) or looks_like_a_moment(text)
