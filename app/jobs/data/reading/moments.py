"""Texts as dates and times, and these as numbers of a unit from a moment that is 0."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from app.jobs.data.reading.errors import DataFileError, shown

Floats = npt.NDArray[np.float64]

SECONDS = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0, "seconds": 1.0}
"""Seconds of each unit."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEARS_OF_1900 = 69
"""Two digits from which on a year is one of the 20th century, as POSIX has it."""
_TIME = r"(?P<hour>\d{1,4}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d(?:[.,]\d+)?))?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
_ZONE = r"(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?"
_DATES = (
    r"(?P<y>\d{4})(?P<mark>[-/.])(?P<m>\d{1,2})(?P=mark)(?P<d>\d{1,2})",
    r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second_>\d{1,2})(?P=mark)(?P<y>\d{4}|\d{2})",
    r"(?P<d>\d{1,2})[- ](?P<name>[A-Za-z]{3})[a-z]*[- ,]+(?P<y>\d{4}|\d{2})",
    r"(?P<name>[A-Za-z]{3})[a-z]*\.? (?P<d>\d{1,2}),? (?P<y>\d{4})",
)
_PATTERNS = tuple(re.compile(rf"^{date}(?:(?:T|\s+|,\s*){_TIME}\s*{_ZONE})?$") for date in _DATES)
_ONLY_TIME = re.compile(rf"^{_TIME}$")


UNIX = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Moments:
    """A column of dates or times as numbers."""

    values: Floats
    """Numbers, (rows,); NaN where a text is none."""
    zero: str
    """The moment that is 0."""
    unit: str
    """What 1 is."""
    order: str | None
    """Order of day, month and year, where it had to be found."""


def looks_like_a_moment(text: str) -> bool:
    """Tell whether a text without blanks around it is a date or a time."""
    return (":" in text[:20] and bool(_ONLY_TIME.match(text))) or any(pattern.match(text) for pattern in _PATTERNS)


def moments_of(texts: Sequence[str | None], order: str | None, zero: str | None, unit: str | None) -> Moments:
    """Return dates and times as numbers; None stands for no text, and what is neither becomes NaN.

    Without `zero`, dates count from the earliest of them and times of day from midnight; without `unit`, in days where
    no time of day is given, else in seconds. Raises DataFileError for dates that may be read in two ways.
    """
    found = [None if text is None else _match(text) for text in texts]
    matches = [match for match in found if match is not None]
    if all("y" not in match.re.groupindex for match in matches):
        seconds = [np.nan if match is None else _seconds(match) for match in found]
        unit = unit or "seconds"
        return Moments(np.array(seconds) / SECONDS[unit], "00:00:00", unit, None)
    order = _order(matches, order)
    _check_zones(matches)
    moments = [None if match is None else _moment(match, order) for match in found]
    start = (
        moment_of(zero) if zero is not None else min((moment for moment in moments if moment is not None), default=UNIX)
    )
    unit = unit or ("seconds" if any(match["hour"] for match in matches) else "days")
    step = timedelta(seconds=SECONDS[unit])
    values = [np.nan if moment is None else (moment - start) / step for moment in moments]
    has_numeric_order = any("first" in match.re.groupindex for match in matches)
    return Moments(np.array(values, dtype=np.float64), start.isoformat(), unit, order if has_numeric_order else None)


def _match(text: str) -> "re.Match[str] | None":
    for pattern in (*_PATTERNS, _ONLY_TIME):
        match = pattern.match(text)
        if match is not None:
            return match
    return None


def _order(matches: "Iterable[re.Match[str]]", order: str | None) -> str:
    """Return the order of day and month in dates of numbers. Raise DataFileError where it can't be told."""
    doubtful = None
    orders = set()
    for match in matches:
        if "first" not in match.re.groupindex:
            continue
        first, second = int(match["first"]), int(match["second_"])
        if match["mark"] == "." or first > 12:
            orders.add("dmy")
        elif second > 12:
            orders.add("mdy")
        elif first != second:
            doubtful = doubtful or match
    if order is not None:
        return order
    if len(orders) > 1:
        raise DataFileError("some dates begin with the day, others with the month: set which", setting="date_order")
    if doubtful is not None and not orders:
        first, second = int(doubtful["first"]), int(doubtful["second_"])
        names = [f"{day} {_MONTHS[month - 1].title()}" for day, month in ((first, second), (second, first)) if month]
        words = f"{shown(doubtful.string)} may be {' or '.join(names)}: set dmy or mdy"
        raise DataFileError(words, setting="date_order")
    return orders.pop() if orders else "dmy"


def _check_zones(matches: "Sequence[re.Match[str]]") -> None:
    """Raise DataFileError where some times of day have a zone and others none: these may be of any."""
    timed = [match for match in matches if match.groupdict().get("hour")]
    with_zone = next((match for match in timed if match.groupdict().get("zone")), None)
    without = next((match for match in timed if not match.groupdict().get("zone")), None)
    if with_zone is not None and without is not None:
        words = f"{shown(with_zone.string)} has a time zone and {shown(without.string)} has none"
        raise DataFileError(f"{words}: write it at all times, or at none")


def _moment(match: "re.Match[str]", order: str) -> datetime | None:
    """Return the moment, in UTC where a zone is told; None for a date that there is not."""
    parts, groups = match.re.groupindex, match.groupdict()
    if "y" not in parts:
        return None
    year = int(match["y"])
    if len(match["y"]) == 2:
        year += 1900 if year >= _YEARS_OF_1900 else 2000
    if "name" in parts:
        name = match["name"].lower()
        month, day = _MONTHS.index(name) + 1 if name in _MONTHS else 0, int(match["d"])
    elif "first" in parts:
        first, second = int(match["first"]), int(match["second_"])
        month, day = (first, second) if order == "mdy" else (second, first)
    else:
        month, day = int(match["m"]), int(match["d"])
    try:
        moment = datetime(year, month, day)
        return moment + timedelta(seconds=_seconds(match) if groups["hour"] else 0.0) - _offset(groups["zone"])
    except (ValueError, OverflowError):
        return None


def _seconds(match: "re.Match[str]") -> float:
    """Return the seconds of a time since midnight, or of one that has passed."""
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    second = float((match["second"] or "0").replace(",", "."))
    return hour * 3600 + int(match["minute"]) * 60 + second


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone in ("Z", "UTC"):
        return timedelta()
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timedelta(minutes=minutes if zone[0] == "+" else -minutes)


def moment_of(zero: str) -> datetime:
    """Return the moment that a person has set as zero. Raises DataFileError for what is none."""
    match = _PATTERNS[0].match(zero.strip())
    moment = None if match is None else _moment(match, "ymd")
    if moment is None:
        raise DataFileError("this is no date: write it as 2025-03-04 or 2025-03-04T12:30:00", setting="date_zero")
    return moment
