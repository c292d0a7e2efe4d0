"""Dates and times become numbers of a named unit from a named moment."""

from typing import Any

import pytest

from tests.helpers.data_files import numbers, read, refused


def moments(*texts: str, **reading: Any) -> tuple[list[float], dict[str, str]]:
    """Return the numbers of a column x of dates or times, and what 0 and 1 of them are."""
    found = read("x;y\n" + "".join(f"{text};{n}\n" for n, text in enumerate(texts)), reading=reading)
    assert found.reading is not None
    assert found.reading.dates is not None
    return found.variables["x"].lists(), found.reading.dates["x"].model_dump()  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("texts", "values", "zero", "unit"),
    [
        (("2025-03-05", "2025-03-04", "2025-04-04"), [1, 0, 31], "2025-03-04T00:00:00", "days"),
        (("2025-03-04T12:00:00Z", "2025-03-04T14:00:30+01:00"), [0, 3630], "2025-03-04T12:00:00", "seconds"),
        (("2025/3/4 12:30", "2025/3/4 12:31"), [0, 60], "2025-03-04T12:30:00", "seconds"),
        (("04.03.2025", "05.03.2025"), [0, 1], "2025-03-04T00:00:00", "days"),
        (("04.03.25 08:00:00", "04.03.25 08:00:01,5"), [0, 1.5], "2025-03-04T08:00:00", "seconds"),
        (("13/04/2025", "03/04/2025"), [10, 0], "2025-04-03T00:00:00", "days"),
        (("03/04/2025", "03/14/2025"), [0, 10], "2025-03-04T00:00:00", "days"),
        (("3/4/2025 11:30 PM", "3/14/2025 12:15 AM"), [0, 780300], "2025-03-04T23:30:00", "seconds"),
        (("4-Mar-2025", "5 March 2025"), [0, 1], "2025-03-04T00:00:00", "days"),
        (("Mar 4, 2025", "March 5, 2025"), [0, 1], "2025-03-04T00:00:00", "days"),
        (("00:00:30", "01:00:00", "26:00:00"), [30, 3600, 93600], "00:00:00", "seconds"),
        (("08:15", "08:16"), [29700, 29760], "00:00:00", "seconds"),
    ],
)
def test_forms_of_dates_and_times(texts: tuple[str, ...], values: list[float], zero: str, unit: str) -> None:
    assert moments(*texts) == (values, {"zero": zero, "unit": unit})


def test_zero_and_unit_can_be_set() -> None:
    found = moments("2025-03-04", "2025-03-05", date_zero="2025-03-01", date_unit="hours")
    assert found == ([72, 96], {"zero": "2025-03-01T00:00:00", "unit": "hours"})


def test_a_date_with_two_readings_is_refused_with_both_unless_set() -> None:
    path, words = refused("x,y\n03/04/2025,1\n05/04/2025,2\n")
    assert path == ("reading", "date_order")
    assert "'03/04/2025' may be 3 Apr or 4 Mar" in words
    assert moments("03/04/2025", "05/04/2025", date_order="dmy")[0] == [0, 2]
    assert moments("03/04/2025", "05/04/2025", date_order="mdy")[0] == [0, 61]


def test_dates_in_both_orders_are_refused() -> None:
    assert refused("x,y\n13/04/2025,1\n04/13/2025,2\n")[0] == ("reading", "date_order")


@pytest.mark.parametrize("wrong", ["tomorrow", "2025-02-30", "5"])
def test_what_is_no_date_among_dates(wrong: str) -> None:
    path, words = refused(f"x,y\n2025-03-04,1\n{wrong},2\n2025-03-06,3\n")
    assert (path, words.partition(",")[0]) == (("x",), f"row 3 of the column 'x' has '{wrong}'")


def test_a_zero_that_is_no_date() -> None:
    assert refused("x,y\n2025-03-04,1\n", reading={"date_zero": "noon"})[0] == ("reading", "date_zero")


def test_a_missing_date() -> None:
    assert numbers("x,y\n2025-03-04,1\n,2\n2025-03-06,3\n", missing="omit") == ([0, 2], [1, 3])


def test_times_with_a_zone_among_others_without_are_refused_with_both() -> None:
    path, words = refused("x,y\n2025-03-30T01:00:00Z,1\n2025-03-30T03:00:00,2\n2025-03-31,3\n")
    assert path == ("x",)
    assert "'2025-03-30T01:00:00Z' has a time zone and '2025-03-30T03:00:00' has none" in words


@pytest.mark.parametrize("wrong", ["12:75", "12:30:61", "2025-03-04 12:60"])
def test_a_minute_and_a_second_end_at_59(wrong: str) -> None:
    path, words = refused(f"x,y\n08:00,1\n{wrong},2\n09:00,3\n")
    assert (path, words.partition(",")[0]) == (("x",), f"row 3 of the column 'x' has '{wrong}'")
