"""Three ways in which a file may hold curves, and what is told of columns that do not do."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from pydantic import ValidationError

from app.jobs.data.files import FileLimits, open_data_file
from app.jobs.data.layouts import measured_data, wanted_of
from app.jobs.data.reading.sheets import Wanted
from app.jobs.errors import InvalidRequestError
from app.schemas.target import DataTarget
from app.schemas.upload import UploadTarget


def uploaded(columns: dict[str, Any], **target: Any) -> DataTarget:
    sink = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), sink)
    named = UploadTarget.model_validate(target)
    file = open_data_file(sink.getvalue(), "", "", FileLimits(rows=1000, bytes=64_000), wanted_of(named))
    return measured_data(named, file)


def given(columns: dict[str, Any], **target: Any) -> dict[str, Any]:
    return uploaded(columns, **target).model_dump(exclude_defaults=True, exclude={"reading"})


def wrong(columns: dict[str, Any], **target: Any) -> tuple[tuple[str | int, ...], str]:
    with pytest.raises(InvalidRequestError) as caught:
        uploaded(columns, **target)
    (field,) = caught.value.wrong
    return field.path, field.detail


def test_one_curve() -> None:
    found = given({"dose": [0, 1], "r": [2.5, 3]}, x="dose", y="r", response="log(y)")
    assert found == {"x": [0, 1], "y": [2.5, 3], "response": "log(y)"}


def test_several_variables_and_sigma() -> None:
    columns = {"a": [0, 1], "b": [2, 3], "r": [4, 5], "sd": [1, 2]}
    found = given(columns, x={"u": "a", "v": "b"}, y="r", sigma="sd", sigma_absolute=True)
    assert found == {"x": {"u": [0, 1], "v": [2, 3]}, "y": [4, 5], "sigma": [1, 2], "sigma_absolute": True}


def test_a_row_a_point_of_many_curves_in_the_order_of_their_first_rows() -> None:
    columns = {"well": ["b", "a", "b", "a", "b"], "x": [0, 5, 1, 6, 2], "y": [1, 2, 3, 4, 5]}
    assert given(columns, x="x", y="y", curve="well") == {
        "x": [[0, 1, 2], [5, 6]],
        "y": [[1, 3, 5], [2, 4]],
        "labels": ["b", "a"],
    }


@pytest.mark.parametrize(
    ("values", "labels"),
    [([7, 8], ["7", "8"]), ([True, False], ["true", "false"]), (pa.array(["p", "q"]).dictionary_encode(), ["p", "q"])],
)
def test_labels_may_be_of_any_type(values: Any, labels: list[str]) -> None:
    assert given({"c": values, "x": [0, 0], "y": [1, 2]}, x="x", y="y", curve="c")["labels"] == labels


def test_what_is_the_same_in_all_curves_is_kept_once() -> None:
    columns = {"c": [1, 1, 2, 2], "x": [0, 1, 0, 1], "y": [1, 2, 3, 4]}
    assert given(columns, x="x", y="y", curve="c")["x"] == [0, 1]


def test_a_column_a_curve() -> None:
    columns = {"x": [0, 1], "w1": [1, 2], "w2": [3, 4]}
    assert given(columns, x="x", y=["w2", "w1"]) == {"x": [0, 1], "y": [[3, 4], [1, 2]], "labels": ["w2", "w1"]}


def test_a_row_a_curve() -> None:
    columns = {"x": [[0, 1], [0]], "y": [[1.0, 2.0], [3.0]], "name": ["p", "q"]}
    found = given(columns, x="x", y="y", curve="name")
    assert found == {"x": [[0, 1], [0]], "y": [[1, 2], [3]], "labels": ["p", "q"]}


@pytest.mark.parametrize("kind", [pa.list_(pa.float32()), pa.large_list(pa.int16()), pa.list_(pa.float64(), 2)])
def test_lists_of_any_kind_beside_numbers_of_the_request(kind: pa.DataType) -> None:
    found = given({"y": pa.array([[1, 2], [3, 4]], kind)}, x=[0, 1], y="y")
    assert found == {"x": [0, 1], "y": [[1, 2], [3, 4]]}


def test_columns_that_are_not_there_are_told_with_those_that_are() -> None:
    path, detail = wrong({"dose": [0], "r": [1]}, x={"u": "doze"}, y="r")
    assert path == ("target", "x", "u")
    assert "'dose', 'r'" in detail


@pytest.mark.parametrize(
    ("columns", "target", "path", "words"),
    [
        ({"x": [0, 1], "y": [1, None]}, {}, ("target", "y"), "missing (leave the point out): row 1"),
        ({"x": [0, 1], "y": [1, float("nan")]}, {}, ("target", "y"), "missing (leave the point out): row 1"),
        ({"x": [0, 1], "y": [1, float("inf")]}, {}, ("target", "y"), "infinite: row 1"),
        ({"x": ["a", "b"], "y": [1, 2]}, {}, ("target", "x"), "type string"),
        ({"x": [True, False], "y": [1, 2]}, {}, ("target", "x"), "type bool"),
        ({"x": [0, 1], "y": [1, 2], "s": [1, 0]}, {"sigma": "s"}, ("target", "sigma"), "not greater than 0: row 1"),
        ({"x": [0, 1], "y": [1, 2], "s": [1, -1]}, {"weights": "s"}, ("target", "weights"), "not at least 0: row 1"),
        ({"x": [0, 1], "y": [1, 2], "c": ["a", None]}, {"curve": "c"}, ("target", "curve"), "row 1"),
        ({"x": [0, 1], "y": [1, 2], "c": ["a", "b" * 201]}, {"curve": "c"}, ("target", "curve"), "200 characters"),
        ({"x": [0, 1], "y": [1, 2], "c": [[1], [2]]}, {"curve": "c"}, ("target", "curve"), "type list"),
        (
            {"x": [[0], [1]], "y": [[1], [None]]},
            {"missing": "refuse"},
            ("target", "y"),
            "number 0 of the list in row 1",
        ),
        ({"x": [[0], [1]], "y": [[1], None]}, {}, ("target", "y"), "row 1"),
        ({"x": [[0], [1]], "y": [[1.0], []]}, {}, ("target", "y"), "empty: row 1"),
        ({"x": [0, 1], "y": [[1], [2]]}, {}, ("target", "x"), "one number a row"),
        ({"x": [[0], [1]], "y": [1, 2], "c": [1, 2]}, {"curve": "c"}, ("target", "x"), "lists in it"),
    ],
)
def test_columns_that_do_not_do(
    columns: dict[str, Any], target: dict[str, Any], path: tuple[str, ...], words: str
) -> None:
    found, detail = wrong(columns, **{"x": "x", "y": "y"} | target)
    assert found == path
    assert words in detail


def test_a_column_a_curve_leaves_nothing_to_tell_by_another_column() -> None:
    assert wrong({"x": [0], "y": [1], "c": [1]}, x="x", y=["y"], curve="c")[0] == ("target", "curve")


def test_curves_with_the_same_y_are_as_many_curves() -> None:
    found = given({"y": [[1, 2], [1, 2]]}, x=[0, 1], y="y")
    assert found == {"x": [0, 1], "y": [[1, 2], [1, 2]]}


def test_labels_are_told_apart_by_their_text_and_stand_in_the_order_of_the_rows() -> None:
    twice = pa.DictionaryArray.from_arrays(pa.array([3, 0, 2, 3]), pa.array(["p", "unused", "p", "q"]))
    found = given({"c": twice, "x": [0, 1, 2, 3], "y": [1, 2, 3, 4]}, x="x", y="y", curve="c")
    assert found["labels"] == ["q", "p"]
    assert found["y"] == [[1, 4], [2, 3]]


def test_lists_of_different_lengths() -> None:
    with pytest.raises(ValidationError, match="1 numbers, but y has 2 in this curve"):
        uploaded({"x": [[0, 1], [0]], "y": [[1, 2], [3, 4]]}, x="x", y="y")


def test_a_name_that_two_columns_have() -> None:
    table = pa.table([[0], [1], [2]], names=["x", "y", "y"])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    file = open_data_file(sink.getvalue(), "", "", FileLimits(rows=10, bytes=64_000), Wanted())
    with pytest.raises(InvalidRequestError) as caught:
        measured_data(UploadTarget(x="x", y="y"), file)
    assert "2 columns of the name 'y': rename them" in caught.value.wrong[0].detail
