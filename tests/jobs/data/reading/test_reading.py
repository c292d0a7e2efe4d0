"""Files as people have them are read as they are meant, and what has two readings is refused with both."""

from typing import Any

import pytest

from tests.helpers.data_files import numbers, read, refused

POINTS = ([0, 0.5, 1], [1, 2.5, 4])
FILES: dict[str, tuple[bytes | str, dict[str, Any]]] = {
    "plain": ("x,y\n0,1\n0.5,2.5\n1,4\n", {}),
    "German Excel": ("x;y\r\n0;1\r\n0,5;2,5\r\n1;4\r\n", {}),
    "tabs with decimal commas": ("x\ty\n0\t1\n0,5\t2,5\n1\t4\n", {}),
    "UTF-8 with BOM": (b"\xef\xbb\xbfx,y\r\n0,1\r\n0.5,2.5\r\n1,4\r\n", {}),
    "UTF-16 of an instrument": ("Instrument\t7\r\n\r\nx\ty\r\n0\t1\r\n0.5\t2.5\r\n1\t4\r\n".encode("utf-16"), {}),
    "UTF-16 without BOM": ("x\ty\n0\t1\n0.5\t2.5\n1\t4\n".encode("utf-16-le"), {}),
    "cp1252": ("c (µM);y\n0;1\n0,5;2,5\n1;4\n".encode("cp1252"), {"x": "c (µM)"}),
    "old Macintosh": ("x,y\r0,1\r0.5,2.5\r1,4\r", {}),
    "sep=": ("sep=;\nx;y\n0;1\n0.5;2.5\n1;4\n", {}),
    "bars": ("x|y\n0|1\n0.5|2.5\n1|4\n", {}),
    "fixed widths": ("    x      y\n  0.0    1.0\n  0.5    2.5\n  1.0    4.0\n", {}),
    "blanks after commas": ("x, y\n0, 1\n0.5, 2.5\n1, 4\n", {}),
    "a row of units": ("x,y\ns,mV\n0,1\n0.5,2.5\n1,4\n", {}),
    "three rows of Origin": ("x,y\nTime,Voltage\ns,mV\nrun 1,run 1\n0,1\n0.5,2.5\n1,4\n", {}),
    "comments": ("# by hand\nx,y\n0,1\n# 0.2,9\n0.5,2.5\n1,4\n", {}),
    "names in a comment, as of numpy.savetxt": ("# x y\n0 1\n0.5 2.5\n1 4\n", {}),
    "names in the last comment": ("% run 7\n% x y\n0 1\n0.5 2.5\n1 4\n", {}),
    "a preamble": ("Operator;Ann\nDate;2025-03-04\n\nNo;x;y\n1;0;1\n2;0,5;2,5\n3;1;4\n", {}),
    "totals and remarks at the end": ("x,y\n0,1\n0.5,2.5\n1,4\n\nTotal,7.5\nmade by Ann\n", {}),
    "a total without x": ("well,x,y\na,0,1\nb,0.5,2.5\nc,1,4\nMean,,2.5\n", {}),
    "blank rows": ("\nx,y\n0,1\n\n0.5,2.5\n,\n1,4\n\n\n", {}),
    "quoted numbers": ('"x","y"\n"0","1"\n"0.5","2.5"\n"1","4"\n', {}),
    "quoted decimal commas": ('x,y\n"0","1"\n"0,5","2,5"\n"1","4"\n', {}),
    "a separator at the end of rows": ("x;y;\n0;1;\n0,5;2,5;\n1;4;\n", {}),
    "a minus of typographers and exponents of Fortran": ("x;y\n\u22120;1,0D+00\n5e-1;25E-1\n1;4\n", {}),
    "no names": ("0 1\n0.5 2.5\n1 4\n", {"x": "column 1", "y": "column 2", "reading": {"header_row": 0}}),
    "x in a row": ("x,0,0.5,1\ny,1,2.5,4\n", {}),
    "only some rows": ("x,y\n7,7\n0,1\n0.5,2.5\n1,4\n9,9\n", {"reading": {"first_row": 3, "last_row": 5}}),
    "spaces in names": ("t in s\ty in mV\n0\t1\n0.5\t2.5\n1\t4\n", {"x": "t in s", "y": "y in mV"}),
    "separators in quotes": ('x,"y, in mV"\n0,1\n0.5,2.5\n1,4\n', {"y": "y, in mV"}),
}


@pytest.mark.parametrize("name", FILES)
def test_the_same_numbers_in_other_forms(name: str) -> None:
    file, target = FILES[name]
    assert numbers(file, **target) == POINTS


def test_a_single_column_beside_x_of_the_request() -> None:
    assert numbers("y\n1\n2,5\n4\n", x=[0, 0.5, 1]) == POINTS


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1 234,5", 1234.5),
        ("1'234.5", 1234.5),
        ("1\N{NO-BREAK SPACE}234", 1234),
        ("1,234,567", 1234567),
        ("0,125", 0.125),
        ("1234,567", 1234.567),
        ("-1.5e3", -1500),
    ],
)
def test_numbers_that_have_one_reading(text: str, number: float) -> None:
    assert numbers(f"x;y\n0;{text}\n1;2\n")[1] == [number, 2]


@pytest.mark.parametrize(
    ("file", "both"),
    [
        ("x;y\n0;1,234\n1;2,345\n", "'1,234' may be 1.234 or 1234"),
        ("x;y\n0;1.234\n1;2\n", "1.234 or 1234"),
        ('x,y\n0,"1,234"\n1,2\n', "1.234 or 1234"),
    ],
)
def test_numbers_that_have_two_readings_are_refused_unless_set(file: str, both: str) -> None:
    path, words = refused(file)
    assert path == ("reading", "decimal")
    assert both in words
    comma, point = (numbers(file, reading={"decimal": mark})[1][0] for mark in ",.")
    assert {comma, point} == {1.234, 1234}


def test_another_number_of_the_file_settles_it() -> None:
    assert numbers("x;y\n0,5;1,234\n1;2,345\n") == ([0.5, 1], [1.234, 2.345])
    assert numbers("x;y\n0.5;1,234\n1;2,345\n") == ([0.5, 1], [1234, 2345])


def test_decimal_commas_and_points_in_one_file_are_refused_with_both() -> None:
    path, words = refused("x;y\n0,5;1\n1;2.5\n")
    assert (path, "'0,5'" in words, "'2.5'" in words) == (("reading", "decimal"), True, True)


def test_decimal_commas_between_commas_are_told() -> None:
    assert "row 2 has 4 cells, but there are 2 names" in refused("x,y\n0,0,1,0\n0,5,2,5\n")[1]


@pytest.mark.parametrize("row", ["1,oops", "oops,1"])
def test_a_text_among_numbers_is_told_with_its_row_column_and_text(row: str) -> None:
    path, words = refused(f"\nx,y\n0,1\n{row}\n2,5\n")
    assert words.startswith(f"row 4 of the column '{path[0]}' has 'oops', which is no number")


def test_the_last_row_of_data_is_not_taken_for_a_remark() -> None:
    assert "'overflow'" in refused("x,y\n0,1\n1,2\n2,overflow\n")[1]


def test_a_missing_value_of_one_curve_is_refused_with_its_row_column_and_text() -> None:
    path, words = refused("x,y\n0,1\n1,n.d.\n2,5\n")
    assert (path, "row 3 of the column 'y' has 'n.d.'" in words) == (("y",), True)
    assert "is empty" in refused("x,y\n0,1\n1,\n2,5\n")[1]


def test_a_missing_value_is_left_out_if_wanted() -> None:
    found = read("x,y\n0,1\n1,\n2,OVR\n3,7\n", missing="omit", reading={"missing_words": ["ovr"]})
    assert (found.variables["x"].lists(), found.y.lists(), found.left_out) == ([0, 3], [1, 7], found.left_out)
    assert list(found.left_out or ()) == [2]


def test_all_is_echoed_as_it_was_read_and_can_be_given_again() -> None:
    file = "Ann;7\n\nx;y\ns;mV\n0;1.000,5\n0,5;2\n# no\n1;3\nTotal;6\n"
    found = read(file)
    assert found.reading is not None
    assert found.reading.model_dump(exclude_none=True) == {
        "format": "text",
        "encoding": "utf-8",
        "separator": ";",
        "decimal": ",",
        "thousands": ".",
        "header_row": 3,
        "first_row": 5,
        "last_row": 8,
        "units": {"x": "s", "y": "mV"},
        "left_out": {"comments": 1, "blank": 0, "trailing": 1},
    }
    again = read(file, reading=found.reading.model_dump(exclude_none=True))
    assert (again.y, again.variables) == (found.y, found.variables)
    (remark,) = found.remarks
    assert "row 9 on ('Total')" in remark


def test_a_label_that_begins_with_a_comment_mark_is_a_label() -> None:
    found = read("well,x,y\n#1,0,1\n#1,1,2\n#2,0,3\n#2,1,4\n", curve="well")
    assert (found.labels, found.y.lists()) == (["#1", "#2"], [[1, 2], [3, 4]])


@pytest.mark.parametrize("encoding", ["hex", "nonsense", "idna"])
def test_what_is_no_encoding_of_texts(encoding: str) -> None:
    assert refused("x,y\n0,1\n", reading={"encoding": encoding})[0] == ("reading", "encoding")


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("y (\N{GREEK SMALL LETTER MU}mol/L)", "y (\N{MICRO SIGN}mol/L)"),
        ("tempe\N{COMBINING ACUTE ACCENT}rature", "temp\N{LATIN SMALL LETTER E WITH ACUTE}rature"),
        ("y\N{NO-BREAK SPACE}(V)", "y (V)"),
        ('"y\n(V)"', "y (V)"),
    ],
)
def test_names_that_look_alike_are_one(there: str, wanted: str) -> None:
    assert numbers(f"x;{there}\n0;1,5\n1;2\n", "x", wanted) == ([0, 1], [1.5, 2])


def test_names_that_are_not_there_are_told_with_those_that_are() -> None:
    assert refused("Ann;7\n\ntime;signal\n0;1\n1;2\n", "t", "signal") == (
        ("x",),
        "the file has no such column; it has: 'time', 'signal'",
    )


def test_a_text_of_nothing_but_names() -> None:
    assert "no rows" in refused("x,y\n")[1]


def test_names_in_quotes_between_blanks_may_have_blanks_as_r_writes_them() -> None:
    assert numbers('"time (s)" "y"\n0 1.5\n1 2\n', "time (s)", "y") == ([0, 1], [1.5, 2])


@pytest.mark.parametrize(
    ("text", "remedy"),
    [("12 %", "without the percent sign"), ("<0.1", "a limit is no value"), ("bad", "missing value")],
)
def test_a_text_among_numbers_is_told_with_what_to_do(text: str, remedy: str) -> None:
    assert remedy in refused(f"x,y\n0,1\n1,{text}\n2,3\n")[1]


def test_between_blanks_a_row_that_lacks_a_cell_is_refused_as_it_may_be_any() -> None:
    file = "x   y   z\n0   1   2\n1       3\n2   4   5\n"
    assert "row 3 has 2 cells, but there are 3 names in row 1" in refused(file, missing="omit")[1]
    assert numbers(file.replace("1    ", "1 NaN"), missing="omit") == ([0, 2], [1, 4])
    assert numbers(file.replace("1       3\n", "") + "end of run\n") == ([0, 2], [1, 4])


def test_between_blanks_a_row_of_x_and_one_of_y_that_end_apart_are_refused() -> None:
    file = "x  1  2  3\ny  4     6\nend of run\n"
    assert "row 2 has 3 cells, but others 4" in refused(file, missing="omit")[1]
    assert numbers(file.replace("     ", "  NA  "), missing="omit") == ([1, 3], [4, 6])


def test_the_sign_of_minus_may_be_the_typographic_one_before_a_decimal_comma() -> None:
    minus = "\N{MINUS SIGN}"
    assert numbers(f"x;y\n{minus}1,5;{minus}2\n2,5;3\n") == ([-1.5, 2.5], [-2, 3])


def test_an_empty_line_of_a_single_column_beside_x_of_the_request_is_a_missing_value() -> None:
    assert numbers("y\n1\n\n3\n", [5, 6, 7], missing="omit") == ([5, 7], [1, 3])
