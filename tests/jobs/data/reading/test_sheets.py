"""Curves of a sheet: a column, a row or a cell of many rows for each."""

import pytest

from tests.helpers.data_files import read, refused

LETTERS = "ABCDEFGH"


def test_all_other_columns_are_curves_named_after_them() -> None:
    found = read("t,a,b,c\n0,1,2,3\n1,4,5,6\n", "t", "*")
    assert (found.y.lists(), found.labels) == ([[1, 4], [2, 5], [3, 6]], ["a", "b", "c"])
    assert found.variables["x"].lists() == [0, 1]


def test_other_columns_without_numbers_are_left_out_and_named_and_empty_ones_are_curves_without_points() -> None:
    found = read("t;a;remark;b;sd\n0;1;ok;;1\n1;4;;;1\n", "t", "*", sigma="sd")
    assert found.reading is not None
    assert (found.labels, found.reading.left_out_columns) == (["a", "b"], ["remark"])
    assert (found.y.lists(), list(found.left_out or ())) == ([[1, 4], []], [0, 2])


def test_a_text_among_the_numbers_of_another_column_is_told() -> None:
    path, words = refused("t,a,b\n0,1,2\n1,x3,4\n", "t", "*")
    assert (path, "row 3 of the column 'a' has 'x3'" in words) == (("y",), True)


def test_no_other_columns() -> None:
    assert refused("t\n0\n1\n", "t", "*")[0] == ("y",)


def test_columns_of_different_lengths() -> None:
    found = read("t,a,b\n0,1,2\n1,4,5\n2,7,\n", "t", "*")
    assert (found.variables["x"].lists(), found.y.lists()) == ([[0, 1, 2], [0, 1]], [[1, 4, 7], [2, 5]])


def test_a_row_a_point_of_many_curves() -> None:
    found = read("well;dose;r\nA1;0;1,5\nA2;0;2\nA1;1;NA\nA2;1;3\n", "dose", "r", curve="well")
    assert (found.labels, found.y.lists()) == (["A1", "A2"], [[1.5], [2, 3]])


def test_a_row_without_a_label_is_refused() -> None:
    path, words = refused("well,dose,r\nA1,0,1\n,0,2\n", "dose", "r", curve="well")
    assert (path, "row 3" in words) == (("curve",), True)


def test_a_plate_with_a_curve_in_each_row_and_x_above() -> None:
    doses = [1.5 * n for n in range(12)]
    header = "\t".join(["", *map(str, doses)])
    rows = [f"{letter}\t" + "\t".join(str(n * dose) for dose in doses) for n, letter in enumerate(LETTERS)]
    plate = "\n".join(["Plate 7", "", header, *rows]) + "\n"
    found = read(plate, "column 1", "*", reading={"transpose": True, "header_row": 1, "range": "A3:M11"})
    assert (found.labels, found.variables["x"].lists()) == (list(LETTERS), doses)
    assert found.y.lists()[2] == [2 * dose for dose in doses]


def test_a_plate_with_a_curve_in_each_column_and_x_of_the_request() -> None:
    header = ",".join(["", *map(str, range(1, 13))])
    rows = [f"{letter}," + ",".join(str(n + k) for k in range(12)) for n, letter in enumerate(LETTERS)]
    found = read("\n".join([header, *rows]), list(range(8)), "*")
    assert found.labels == [str(n) for n in range(1, 13)]
    assert found.y.lists()[1] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_x_in_a_row_and_curves_below() -> None:
    found = read("time;0;0,5;1\nA;1;2;3\nB;4;5;6\n", "time", "*", reading={"transpose": True})
    assert (found.labels, found.variables["x"].lists()) == (["A", "B"], [0, 0.5, 1])
    assert found.y.lists() == [[1, 2, 3], [4, 5, 6]]
    path, words = refused("time;0;0,5;1\nA;1;!;3\n", "time", "A", reading={"transpose": True})
    assert (path, words.partition(":")[0]) == (("y",), "column 3 of the row 'A' has '!', which is no number")


@pytest.mark.parametrize("corner", ["", "<>"])
def test_a_plate_under_remarks_whose_columns_are_called_by_number(corner: str) -> None:
    header = "\t".join([corner, *map(str, range(1, 13))])
    rows = [f"{letter}\t" + "\t".join(str(n + k) for k in range(12)) for n, letter in enumerate(LETTERS)]
    found = read("\n".join(["Reader 3", "Plate 1", "", header, *rows, "", "Temperature: 37"]), list(range(8)), "*")
    assert (found.labels, found.y.lists()[1]) == ([str(n) for n in range(1, 13)], [1, 2, 3, 4, 5, 6, 7, 8])


@pytest.mark.parametrize("first", [0, 1])
def test_the_numbers_of_rows_in_a_column_without_name_are_no_curve_unless_named(first: int) -> None:
    file = f",t,a\n{first},0.5,3\n{first + 1},0.7,4\n{first + 2},0.9,6\n"
    found = read(file, "t", "*")
    assert found.reading is not None
    assert (found.labels, found.reading.left_out_columns) == (["a"], ["column 1"])
    assert read(file, "t", ["column 1", "a"]).labels == ["column 1", "a"]
    assert read(file.replace(f"\n{first + 1},", "\n7,"), "t", "*").labels == ["column 1", "a"]


def test_replicates_of_one_name_are_refused_and_can_be_called_by_number() -> None:
    file = "dose,A,A\n0,1,2\n1,4,5\n"
    path, words = refused(file, "dose", "*")
    assert (path, "2 columns of the name 'A'" in words, "reading.header_row 0" in words) == (("y",), True, True)
    found = read(file, "column 1", "*", reading={"header_row": 0, "first_row": 2})
    assert (found.y.lists(), found.labels) == ([[1, 4], [2, 5]], ["column 2", "column 3"])


def test_as_many_columns_as_a_text_may_have() -> None:
    names = [f"c{number}" for number in range(9_999)]
    rows = [",".join([str(row), *(str(row + place) for place in range(9_999))]) for row in range(2)]
    found = read("\n".join([",".join(["t", *names]), *rows]), "t", "*")
    assert (found.labels, found.y.lists()[9_998]) == (names, [9_998, 9_999])
