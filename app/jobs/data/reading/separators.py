"""What stands between the cells of a text: it is found from the first rows."""

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from app.jobs.data.reading.errors import DataFileError
from app.jobs.data.reading.header import seen
from app.jobs.data.reading.missing_words import missing_words
from app.jobs.data.reading.moments import looks_like_a_moment
from app.jobs.data.reading.numerals import looks_like_a_number
from app.jobs.data.reading.rows import Rows, text_of

HEAD_CHARACTERS = 2**15
"""Characters of a text from which the separator is found."""
BLANKS = " "
"""The separator that stands for any blanks and tabs."""
_SURE = 10.9
"""Score of rows of which all names are known and nearly all cells are numbers."""
_CANDIDATES = ("\t", ";", ",", "|")
_NAMED = re.compile(r"""\A"?sep=(.)"?[ ,;\t]*\r?\n""")
_BLANK = re.compile(r"[ \t]+")
_QUOTED = re.compile(r'"[^"]*"(?=[ \t]|$)|[^ \t]+')
_MISSING = missing_words(None)


def without_named_separator(text: str) -> tuple[str, str | None]:
    """Return a text without a first line `sep=;`, which Excel does not count as a row, and what that names."""
    match = _NAMED.match(text)
    return (text, None) if match is None else (text[match.end() :], match[1])


def separator_of(text: str, names: Collection[str]) -> str | None:
    """Return the separator that makes rows of names and numbers of a text; None where each row is one cell.

    `names` are the columns that are looked for.
    """
    head = text[:HEAD_CHARACTERS]
    if len(head) < len(text):
        head = head[: head.rfind("\n") + 1] or head
    best, most = None, 0.0
    for candidate in (*_CANDIDATES, BLANKS, None):
        rows = [list(map(text_of, row)) for _, row in rows_of(head, candidate)]
        score = _score(rows, names)
        if score > most:
            best, most = candidate, score
        if score > _SURE:
            break
    return best


def rows_of(text: str, separator: str | None) -> Rows:
    """Return the rows of a text. Raises DataFileError for a cell that is too long."""
    if separator == BLANKS:
        return Rows(lambda: (_between_blanks(line.strip()) for line in _lines(text)), hides_gaps=True)
    if separator is None:
        return Rows(lambda: ([line.strip().strip('"')] for line in _lines(text)))
    return Rows(lambda: _separated(text, separator))


def _between_blanks(line: str) -> Sequence[str]:
    """Return the cells of a line, of which those in quotes may have blanks in them."""
    if '"' not in line:
        return _BLANK.split(line)
    return [cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell for cell in _QUOTED.findall(line)]


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a text, ends included; all at once they would take several times its memory."""
    end = "\n" if "\n" in text else "\r"
    begin = 0
    while begin < len(text):
        stop = text.find(end, begin) + 1 or len(text)
        yield text[begin:stop]
        begin = stop


def _separated(text: str, separator: str) -> Iterator[Sequence[str]]:
    try:
        yield from csv.reader(_lines(text), delimiter=separator, skipinitialspace=separator != "\t")
    except csv.Error as error:
        raise DataFileError(f"the text can't be read: {str(error)[:100]}") from None


def _score(rows: Sequence[Sequence[str]], names: Collection[str]) -> float:
    """Return how much of some rows are rows of one width, with numbers in them and the names above.

    The widest rows are meant: in a text with decimal commas the comma makes more cells, but there are no names to them.
    """
    widths = Counter(len(row) for row in rows if any(row))
    if not widths:
        return 0.0
    width = max(widths, key=lambda width: (widths[width], width))
    some = [row for row in rows if len(row) == width]
    cells = [cell.strip() for row in some for cell in row]
    numeric = sum(cell.lower() in _MISSING or looks_like_a_number(cell) or looks_like_a_moment(cell) for cell in cells)
    share = numeric / len(cells) * len(some) / len(rows)
    found, header = max(((_found(row, names), len(row)) for row in rows), default=(0.0, 0))
    too_wide = found and header < width
    return 10 * found + share + (0.1 if width > 1 else 0.0) - (5 if too_wide else 0)


def _found(row: Sequence[str], names: Collection[str]) -> float:
    """Return how much of some names stands in a row, which may be a comment."""
    cells = {seen(cell.strip().lstrip("#% ")) for cell in row} | {seen(cell) for cell in row}
    return sum(seen(name) in cells for name in names) / len(names) if names else 0.0
