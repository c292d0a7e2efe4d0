"""Texts as numbers: which mark stands before the fraction, and which between thousands.

The numbers of all columns tell it together: 0,5 has a decimal comma, 1,234.5 has not, and 1,234 alone may be either.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from app.jobs.data.reading.errors import DataFileError, shown

Floats = npt.NDArray[np.float64]

_SIGN, _POWER = r"[+-]?", r"([eEdD][+-]?\d+)?"
_BLANKS = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"
_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
_MINUS = "\N{MINUS SIGN}"
_ODD = re.compile(rf"^{_SIGN}\d{{1,3}}([ {_APOSTROPHES}])\d{{3}}(\1\d{{3}})*([.,]\d*)?{_POWER}$")
MISSING = pa.nulls(1, pa.string())[0]
"""A missing text. Of a bare None, Arrow would make one each time, and import pandas, if that is installed, to do so."""
_ANY = re.compile(rf"^{_SIGN}(\d[\d.,]*|[.,]\d+){_POWER}$|^{_SIGN}(inf|infinity)$", re.IGNORECASE)


@dataclass(frozen=True)
class Marks:
    """The marks in numbers."""

    decimal: str = "."
    thousands: str = "none"
    """Mark between groups of three digits; none: the word `none`."""


def looks_like_a_number(text: str) -> bool:
    """Tell whether a text without blanks around it is a number with whatever marks."""
    text = _simplified(text)
    return bool(_ANY.match(text) or _ODD.match(text))


def marks_of(columns: Sequence[pa.Array], separator: str | None, decimal: str | None, thousands: str | None) -> Marks:
    """Return the marks in the numbers of all columns together; texts that are no numbers say nothing.

    `decimal` and `thousands` are what a person has said of them. Raises DataFileError where there are two readings.
    """
    if decimal is not None:
        other = "," if decimal == "." else "."
        return Marks(decimal, thousands or (other if _any(columns, _grouped(other)) else _odd_thousands(columns)))
    if thousands in (".", ","):
        return Marks("," if thousands == "." else ".", thousands)
    if not _any(columns, ","):
        points_group = separator == ";" and thousands != "none"
        if not points_group or not _any(columns, r"\."):
            return Marks(".", thousands or _odd_thousands(columns))
    comma = _example(columns, _fraction(","))
    point = _example(columns, _fraction("."))
    if comma is not None and point is not None:
        words = f"{shown(comma)} has a decimal comma and {shown(point)} a decimal point"
        raise DataFileError(f"{words}: set which", setting="decimal")
    if comma is None and point is None:
        comma, point = _from_doubtful(columns, separator, thousands)
    mark = "," if comma is not None else "."
    other = "," if mark == "." else "."
    return Marks(mark, thousands or (other if _any(columns, _grouped(other)) else _odd_thousands(columns)))


def are_sure(columns: Sequence[pa.Array], marks: Marks) -> bool:
    """Tell whether a number says that the decimal mark can be no other."""
    return _example(columns, _fraction(marks.decimal)) is not None


def numbers_of(texts: pa.Array, marks: Marks) -> Floats:
    """Return the numbers that texts without blanks around them are, (rows,); NaN where one is none."""
    point, mark = re.escape(marks.decimal), re.escape(marks.thousands)
    whole = r"\d+" if len(marks.thousands) > 1 else rf"\d{{1,3}}({mark}\d{{3}})+|\d+"
    is_plain = pc.match_substring_regex(texts, rf"^{_SIGN}(({whole})({point}\d*)?|{point}\d+)([eE][+-]?\d+)?$")
    plain = pc.if_else(is_plain, texts, MISSING)
    if marks.thousands in (".", ",", "'", " "):
        plain = pc.replace_substring(plain, marks.thousands, "")
    if marks.decimal == ",":
        plain = pc.replace_substring(plain, ",", ".")
    # Arrow takes no sign of plus.
    plain = pc.utf8_ltrim(plain, "+")
    values: Floats = np.array(pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
    rest = pc.if_else(is_plain, MISSING, texts)
    for index in np.flatnonzero(rest.is_valid().to_numpy(zero_copy_only=False)):
        values[index] = _odd_number(rest[int(index)].as_py(), marks)
    return values


def _odd_number(text: str, marks: Marks) -> float:
    """Return a number in a form that is seldom; NaN for what is none."""
    if not looks_like_a_number(text):
        return float("nan")
    text = _simplified(text)
    grouped = _ODD.match(text)
    if grouped is not None and marks.thousands in (grouped[1], "none"):
        text = text.replace(grouped[1], "")
    if len(marks.thousands) == 1 and re.search(_grouped(marks.thousands), text):
        text = text.replace(marks.thousands, "")
    if marks.decimal == ",":
        text = text.replace(".", "?").replace(",", ".")
    try:
        return float(re.sub("[dD]", "e", text) if "inf" not in text.lower() else text)
    except ValueError:
        return float("nan")


def _simplified(text: str) -> str:
    if text.isascii():
        return text
    for blank in _BLANKS:
        text = text.replace(blank, " ")
    return text.replace(_MINUS, "-").replace(_APOSTROPHES[1], "'")


def _fraction(mark: str) -> str:
    """Return the pattern of numbers in which a mark can only be the decimal one."""
    point, other = re.escape(mark), re.escape("," if mark == "." else ".")
    few, many = rf"\d*{point}(\d{{0,2}}|\d{{4,}})", rf"(0*|\d{{4,}}){point}\d+"
    group = rf"\d{{1,3}}({other}\d{{3}})"
    grouped = rf"\d{{1,3}}([ '\x{{A0}}\x{{202F}}]\d{{3}})+{point}\d*|{group}+{point}\d*|{group}{{2,}}"
    return rf"^{_SIGN}({few}|{many}|{grouped}){_POWER}$"


def _grouped(mark: str) -> str:
    return rf"^{_SIGN}\d{{1,3}}({re.escape(mark)}\d{{3}})+"


def _doubtful(mark: str) -> str:
    """Return the pattern of numbers in which a mark may stand before a fraction or between thousands."""
    return rf"^{_SIGN}[1-9]\d{{0,2}}{re.escape(mark)}\d{{3}}{_POWER}$"


def _from_doubtful(
    columns: Sequence[pa.Array], separator: str | None, thousands: str | None
) -> tuple[str | None, str | None]:
    """Return examples of decimal comma and point where no number is sure. Raises DataFileError for two readings."""
    comma, point = _example(columns, _doubtful(",")), _example(columns, _doubtful("."))
    if comma is None and (point is None or separator != ";"):
        return None, point or "."
    if thousands == "none":
        return comma, point
    text = str(comma if comma is not None else point)
    mark = "," if comma is not None else "."
    readings = f"{text.replace(mark, '.')[:40]} or {text.replace(mark, '')[:40]}"
    raise DataFileError(f"{shown(text)} may be {readings}: set which mark is the decimal one", setting="decimal")


def _odd_thousands(columns: Sequence[pa.Array]) -> str:
    """Return a blank or an apostrophe if it stands between thousands."""
    blanks = rf"^{_SIGN}\d{{1,3}}([ \x{{A0}}\x{{202F}}\x{{2009}}]\d{{3}})+([.,]\d*)?{_POWER}$"
    if _any(columns, blanks):
        return " "
    return "'" if _any(columns, rf"^{_SIGN}\d{{1,3}}(['\x{{2019}}]\d{{3}})+([.,]\d*)?{_POWER}$") else "none"


def _any(columns: Sequence[pa.Array], pattern: str) -> bool:
    return any(pc.any(pc.match_substring_regex(texts, pattern)).as_py() for texts in columns)


def _example(columns: Sequence[pa.Array], pattern: str) -> str | None:
    """Return the first text that a pattern fits."""
    for texts in columns:
        places = pc.index(pc.match_substring_regex(texts, pattern), True)
        if places.as_py() >= 0:
            return str(texts[places.as_py()].as_py())
    return None
