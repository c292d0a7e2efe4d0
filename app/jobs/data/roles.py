"""What the columns of a file most likely are, by their names and by what they have."""

import re
from collections.abc import Iterable, Sequence

from app.schemas.table import SuggestedRoles, TableColumn

_SPREAD = re.compile(
    r"(sd|std|stdev|std_?dev|sem?|std_?err|sigma|(y_?)?err(or)?s?|e_?y|d_?y|unc(ertainty)?|fehler|standardabweichung)"
    r"([_. ]?y)?|.*[_. ](sd|std|stdev|sem|err|error|sigma|unc)"
)
_X = re.compile(
    r"x|t|time|zeit|dose|conc(entration)?|konz(entration)?|temp(erature)?|depth|distance|energy|q|date|datum"
)
_COUNTER = re.compile(r"column 1|#|no\.?|nr\.?|index|row|id|unnamed: 0", re.IGNORECASE)
_OF_A_PLATE = re.compile(r"(.*?)[_ .-]?\d+")
_MANY = 8
"""Columns from which on all others are curves."""
_FEW = 3
"""Columns from which on those that are called by number are curves."""
_ROWS_OF_A_CURVE = 3
"""Rows that a curve has on average, at least."""


def x_of(columns: Iterable[tuple[str, str]]) -> str | None:
    """Return the column of x among names and labels of columns with numbers: by its name, else the first."""
    places = [(name, label) for name, label in columns if not _SPREAD.fullmatch(label.lower())]
    if len(places) > 2 and _COUNTER.fullmatch(places[0][1]):
        places = places[1:]
    named = [name for name, label in places if _X.fullmatch(label.lower())]
    return next(iter(named), None) or next((name for name, _ in places), None)


def suggested(columns: Sequence[TableColumn], x: str | None) -> SuggestedRoles:
    """Return what columns most likely are, `x` being that of x."""
    lists = [column for column in columns if column.kind == "lists"]
    if lists:
        return _of_lists(columns, lists)
    usable = [column for column in columns if column.kind in ("numbers", "dates") and column.count]
    others = [column for column in usable if column.name != x]
    if not others:
        # What was measured is there without where.
        return SuggestedRoles(x=None, y=x, sigma=None, curve=None)
    sigma = next((column for column in others if _is_sigma(column)), None)
    measured = [column for column in others if column is not sigma and not _COUNTER.fullmatch(column.label)]
    measured = measured or others
    curve = _curve_of(columns)
    if sigma is None and curve is None and _is_plate(measured):
        return SuggestedRoles(x=x, y="*", sigma=None, curve=None)
    after = [column for column in measured if x is not None and _place(columns, column.name) > _place(columns, x)]
    return SuggestedRoles(x=x, y=(after or measured)[0].name, sigma=None if sigma is None else sigma.name, curve=curve)


def _of_lists(columns: Sequence[TableColumn], lists: Sequence[TableColumn]) -> SuggestedRoles:
    """Return what columns most likely are where each row is a curve."""
    x = x_of([(column.name, column.label) for column in lists]) if len(lists) > 1 else None
    y = next((column.name for column in lists if column.name != x), None)
    curve = next((column.name for column in columns if column.kind == "texts" and not column.missing), None)
    return SuggestedRoles(x=x, y=y, sigma=None, curve=curve)


def _is_sigma(column: TableColumn) -> bool:
    is_positive = column.minimum is not None and column.minimum > 0
    return is_positive and bool(_SPREAD.fullmatch(column.label.lower()))


def _curve_of(columns: Sequence[TableColumn]) -> str | None:
    """Return a column of texts, each of which stands in several rows."""
    for column in columns:
        is_whole = column.kind == "texts" and not column.missing and column.problem is None
        if is_whole and column.distinct and 1 < column.distinct <= column.count / _ROWS_OF_A_CURVE:
            return column.name
    return None


def _is_plate(columns: Sequence[TableColumn]) -> bool:
    """Tell whether columns are curves: there are many, or a few that are called by number, as A1, A2, A3."""
    called = [_OF_A_PLATE.fullmatch(column.label) for column in columns]
    return len(columns) >= _MANY or (len(columns) >= _FEW and all(called))


def _place(columns: Sequence[TableColumn], name: str) -> int:
    return next(place for place, column in enumerate(columns) if column.name == name)
