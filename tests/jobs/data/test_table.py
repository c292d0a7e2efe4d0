"""Files of data as tables to look at."""

import io
from datetime import date

import pyarrow as pa
import pyarrow.parquet
import pytest

from app.jobs.data.files import FileLimits, open_data_file
from app.jobs.data.reading.errors import DataFileError
from app.jobs.data.table import read_table
from app.schemas.reading import Reading
from app.schemas.table import TableReading
from tests.helpers.spreadsheets import xlsx

LIMITS = FileLimits(rows=1_000_000, bytes=2**28)


def read(content: str | bytes, **reading: object) -> TableReading:
    data = content.encode() if isinstance(content, str) else content
    return read_table(lambda wanted: open_data_file(data, "", "", LIMITS, wanted), Reading.model_validate(reading))


def parquet(columns: dict[str, pa.Array]) -> bytes:
    file = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def kinds(table: TableReading) -> list[str]:
    return [column.kind for column in table.columns]


def roles(table: TableReading) -> tuple[str | None, str | None, str | None, str | None]:
    found = table.suggestion
    return found.x, found.y, found.sigma, found.curve


def test_each_column_is_told_with_its_numbers_and_its_first_rows() -> None:
    table = read("time (s),signal,note\n0,1.5,a\n1,NA,b\n2,-3,a\n")
    assert kinds(table) == ["numbers", "numbers", "texts"]
    time, signal, note = table.columns
    assert (time.label, time.unit, time.minimum, time.maximum) == ("time", "s", 0, 2)
    assert (signal.count, signal.missing, signal.minimum) == (2, 1, -3)
    assert (note.count, note.distinct) == (3, 2)
    assert table.rows == [[0, 1.5, "a"], [1, None, "b"], [2, -3, "a"]]
    assert (table.total_rows, table.reading.separator) == (3, ",")


def test_decimal_commas_units_under_the_names_and_totals_are_read_as_a_fit_reads_them() -> None:
    table = read("dose;answer\nmg;mV\n0,5;1,25\n1,5;2,25\nMittelwert;1,75\n")
    assert table.rows == [[0.5, 1.25], [1.5, 2.25]]
    assert [(column.name, column.unit) for column in table.columns] == [("dose", "mg"), ("answer", "mV")]
    assert (table.reading.decimal, len(table.warnings)) == (",", 1)


def test_dates_are_numbers_whose_meaning_is_told() -> None:
    table = read("day,y\n2025-03-01,1\n2025-03-04,2\n")
    assert kinds(table) == ["dates", "numbers"]
    assert table.columns[0].dates is not None
    assert (table.columns[0].dates.unit, table.rows[1][0]) == ("days", 3)


def test_a_column_that_turns_out_to_be_no_numbers_is_told_as_texts_with_the_reason() -> None:
    table = read("x,y\n" + "".join(f"{k},{k}.5\n" for k in range(300)) + "300,spilt\n301,2\n")
    assert kinds(table) == ["numbers", "texts"]
    assert "spilt" in str(table.columns[1].problem)


def test_what_has_two_readings_is_refused() -> None:
    with pytest.raises(DataFileError) as caught:
        read("x;y\n1;1,234\n2;2,345\n")
    assert caught.value.setting == "decimal"
    assert read("x;y\n1;1,234\n2;2,345\n", decimal=",").rows[0] == [1, 1.234]


def test_columns_of_one_name_are_told_and_not_read() -> None:
    table = read("x,y,y\n1,2,3\n")
    assert kinds(table) == ["numbers", "other", "other"]
    assert "2 columns" in str(table.columns[1].problem)
    assert table.rows == [[1, None, None]]


@pytest.mark.parametrize(
    ("names", "suggestion"),
    [
        ("x,y", ("x", "y", None, None)),
        ("signal,time", ("time", "signal", None, None)),
        ("a,b,c", ("a", "b", None, None)),
        ("dose,response,sd", ("dose", "response", "sd", None)),
        ("time,A1,A2,A3", ("time", "*", None, None)),
        ("t,1,2,3", ("t", "*", None, None)),
        ("index,x,y", ("x", "y", None, None)),
    ],
)
def test_roles_are_suggested_by_the_names(names: str, suggestion: tuple[str | None, ...]) -> None:
    rows = [[k + 0.25 * place + 1 for place in range(names.count(",") + 1)] for k in range(6)]
    text = names + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    assert roles(read(text)) == suggestion


def test_a_column_of_texts_that_stand_in_several_rows_is_that_of_the_curves() -> None:
    rows = "".join(f"{well},{dose},{dose * 2}\n" for well in ("A1", "A2") for dose in (1, 2, 3, 4))
    assert roles(read("well,dose,response\n" + rows)) == ("dose", "response", None, "well")


def test_numbers_alone_are_y() -> None:
    assert roles(read("y\n1\n2\n3\n")) == (None, "y", None, None)


def test_a_sheet_is_read_and_of_several_one_must_be_chosen() -> None:
    sheet: list[list[object]] = [["x", "y"], [1, 2.5]]
    assert read(xlsx({"only": sheet})).rows == [[1, 2.5]]
    with pytest.raises(DataFileError) as caught:
        read(xlsx({"one": sheet, "two": sheet}))
    assert caught.value.setting == "sheet"


def test_typed_files_have_their_kinds_and_lists_are_told_by_their_lengths() -> None:
    table = read(
        parquet(
            {"well": pa.array(["A1", "A2"]), "x": pa.array([[1.0, 2], [1.0, 2]]), "y": pa.array([[3.0, 4], [5, 6]])}
        )
    )
    assert kinds(table) == ["texts", "lists", "lists"]
    assert table.rows[0] == ["A1", "[2]", "[2]"]
    assert roles(table) == ("x", "y", None, "well")
    days = read(parquet({"day": pa.array([date(2025, 3, 1), date(2025, 3, 3)]), "y": pa.array([1, 2])}))
    assert (kinds(days), days.rows[1]) == (["dates", "numbers"], [2, 2])


def test_of_many_rows_the_first_are_told() -> None:
    table = read("x,y\n" + "".join(f"{k},{k}\n" for k in range(1000)))
    assert (len(table.rows), table.total_rows, table.columns[0].maximum) == (200, 1000, 999)
