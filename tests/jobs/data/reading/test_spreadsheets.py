"""Sheets of spreadsheets are read as texts are; what they unpack to is bounded before it is read."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from tests.helpers.data_files import LIMITS, numbers, read, refused
from tests.helpers.spreadsheets import ods, with_part, xlsx

ROWS = [["x", "y"], [0, 1], [0.5, 2.5], [1, 4]]
POINTS = ([0, 0.5, 1], [1, 2.5, 4])
WRITERS = [xlsx, ods]


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    "rows",
    [
        ROWS,
        [["Operator", "Ann"], [], *ROWS],
        [ROWS[0], ["s", "mV"], *ROWS[1:], [], ["Total", 7.5]],
        [["x", "y"], ["0", "1"], ["0,5", "2,5"], ["1", "4"]],
        [["no", "x", "y", "remark"], [1, 0, 1, None], [2, 0.5, 2.5, "good"], [3, 1, 4, None]],
        [["x", 0, 0.5, 1], ["y", 1, 2.5, 4]],
    ],
)
def test_a_sheet_is_read_as_a_text_is(write: Callable[..., bytes], rows: list[list[Any]]) -> None:
    assert numbers(write({"Data": rows})) == POINTS


@pytest.mark.parametrize("write", WRITERS)
def test_the_sheet_with_the_columns_is_taken_and_of_several_one_is_set(write: Callable[..., bytes]) -> None:
    file = write({"Notes": [["by", "Ann"], [1, 2]], "Data": ROWS})
    found = read(file)
    assert found.reading is not None
    assert (found.reading.sheet, found.y.lists()) == ("Data", POINTS[1])
    several = write({"One": [["x", "y"], [0, 9]], "Two": ROWS})
    assert refused(several) == (("reading", "sheet"), "several sheets have these columns: set one of 'One', 'Two'")
    assert numbers(several, reading={"sheet": "Two"}) == POINTS
    assert "'One', 'Two'" in refused(several, reading={"sheet": "Three"})[1]


def test_hidden_sheets_are_read_only_if_set() -> None:
    file = xlsx({"Old": [["x", "y"], [0, 9]], "Data": ROWS}, hidden="Old")
    assert numbers(file) == POINTS
    assert numbers(file, reading={"sheet": "Old"}) == ([0], [9])


def test_a_range_leaves_out_what_stands_around_it() -> None:
    rows = [["x", "y", "x"], [7, 7, 7], ["a", "x", "y"], ["a", 0, 1], ["a", 0.5, 2.5], ["a", 1, 4], ["a", 9, 9]]
    file = xlsx({"Data": rows})
    assert numbers(file, reading={"range": "B3:C6"}) == POINTS
    assert (
        "row 5 of the column 'x'"
        in refused(xlsx({"D": [*rows[:4], ["a", "!", 1], *rows[5:]]}), reading={"range": "B3:C6"})[1]
    )


@pytest.mark.parametrize("from_1904", [False, True])
def test_dates_of_excel_count_from_1900_or_1904(from_1904: bool) -> None:
    days = [date(2025, 3, 4), date(2025, 3, 5), date(2025, 3, 14)]
    file = xlsx({"Data": [["x", "y"], *([day, n] for n, day in enumerate(days))]}, from_1904)
    found = read(file)
    assert found.reading is not None
    assert found.reading.date_system == (1904 if from_1904 else 1900)
    assert found.reading.dates is not None
    assert found.reading.dates["x"].model_dump() == {"zero": "2025-03-04T00:00:00", "unit": "days"}
    assert found.variables["x"].lists() == [0, 1, 10]


@pytest.mark.parametrize("write", WRITERS)
def test_moments_and_times_of_day(write: Callable[..., bytes]) -> None:
    moments = [datetime(2025, 3, 4, 23, 59, 30), datetime(2025, 3, 5, 0, 0, 30)]
    assert numbers(write({"D": [["x", "y"], [moments[0], 1], [moments[1], 2]]}))[0] == [0, 60]
    assert numbers(write({"D": [["x", "y"], [time(0, 0, 30), 1], [time(1, 0, 0), 2]]}))[0] == [30, 3600]


def test_durations_of_more_than_a_day() -> None:
    file = xlsx({"D": [["x", "y"], [timedelta(hours=1), 1], [timedelta(hours=26), 2]]})
    assert numbers(file, reading={"date_unit": "hours"})[0] == [1, 26]


def test_a_duration_a_little_before_a_full_minute() -> None:
    file = xlsx({"D": [["x", "y"], [timedelta(seconds=59, microseconds=999_800), 1], [timedelta(hours=1), 2]]})
    assert numbers(file)[0] == [60, 3600]


def test_a_missing_value_is_told_with_the_row_of_the_sheet() -> None:
    file = xlsx({"D": [["made by Ann"], [], ["x", "y"], [0, 1], [1, None], [2, 3]]})
    assert "row 5 of the column 'y' is empty" in refused(file)[1]
    assert numbers(file, missing="omit") == ([0, 2], [1, 3])


@pytest.mark.parametrize("write", WRITERS)
def test_what_unpacks_to_too_much_is_refused(write: Callable[..., bytes]) -> None:
    name = "content.xml" if write is ods else "xl/worksheets/sheet1.xml"
    file = with_part(write({"D": ROWS}), name, b" " * (LIMITS.bytes + 1))
    assert len(file) < 100_000
    assert "unpacks to more than the 1048576 bytes" in refused(file)[1]


@pytest.mark.parametrize(
    "cells",
    [
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        b'<row r="1048576"><c><v>1</v></c></row>' + b"<row>" + 5 * b"<c><v>1</v></c>" + b"</row>",
    ],
)
def test_a_few_cells_of_a_sheet_that_are_far_apart_are_refused(cells: bytes) -> None:
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    sheet = with_part(xlsx({"D": ROWS}), "xl/worksheets/sheet1.xml", head + cells + b"</sheetData></worksheet>")
    assert "cells, empty ones among them" in refused(sheet)[1]


@pytest.mark.parametrize(
    "cell", [b'office:value-type="float" office:value="1"/>', b"><text:p>1</text:p></table:table-cell>"]
)
def test_a_few_cells_that_are_repeated_very_often_are_refused(cell: bytes) -> None:
    rows = b"".join(
        b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell '
        b'table:number-columns-repeated="16384" ' + cell + b"</table:table-row>"
        for _ in range(3)
    )
    file = ods({"D": ROWS})
    start = _content(file).index(b"<table:table-row")
    end = _content(file).index(b"</table:table>")
    content = _content(file)[:start] + rows + _content(file)[end:]
    assert "cells, empty ones among them" in refused(with_part(file, "content.xml", content))[1]


def test_xml_that_never_ends_is_refused() -> None:
    file = ods({"D": ROWS})
    for wrong in (_content(file).replace(b"</table:table>", b""), b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"):
        assert "the file" in refused(with_part(file, "content.xml", wrong))[1]


def test_empty_rows_that_are_repeated_to_the_end_as_libreoffice_writes_them_are_nothing() -> None:
    file = ods({"D": ROWS})
    filler = (
        b'<table:table-row table:number-rows-repeated="1048572"><table:table-cell '
        b'table:number-columns-repeated="16384"/></table:table-row></table:table>'
    )
    assert numbers(with_part(file, "content.xml", _content(file).replace(b"</table:table>", filler))) == POINTS


@pytest.mark.parametrize(
    "file",
    [b"PK\x03\x04", xlsx({"D": ROWS})[:-30], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), xlsx({"D": []})],
)
def test_what_is_no_spreadsheet_or_has_nothing(file: bytes) -> None:
    assert refused(file)[1]


def _content(file: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return archive.read("content.xml")
