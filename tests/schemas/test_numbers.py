"""Columns of numbers are judged in bulk, with the same verdict as one by one."""

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.schemas.numbers import Column, NonnegativeColumn, Numbers, PositiveColumn, with_packed_columns

COLUMN = TypeAdapter(Column)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
LISTS = st.lists(FINITE, min_size=1) | st.lists(st.lists(FINITE, min_size=1), min_size=1)


@given(LISTS)
def test_what_is_read_comes_out_again(lists: Any) -> None:
    assert Numbers.of(lists).lists() == lists
    assert COLUMN.validate_python(lists).lists() == lists
    assert COLUMN.dump_python(COLUMN.validate_python(lists)) == lists


def test_numbers_that_are_packed_already_are_judged_too() -> None:
    with pytest.raises(ValidationError):
        COLUMN.validate_python(Numbers(array("d", [1.0, float("nan")])))


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ([1, None], (1,)),
        ([1, float("nan")], (1,)),
        ([1, float("inf")], (1,)),
        ([1, 10**400], (1,)),
        ([1, True], (1,)),
        ([1, "2"], (1,)),
        ([1, [2]], (1,)),
        ([[1], [2, None]], (1, 1)),
        ([[1], 2], (1,)),
        ([[1], [[2]]], (1, 0)),
    ],
)
def test_the_place_of_what_is_no_number_is_told(value: Any, place: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        COLUMN.validate_python(value)
    (error,) = caught.value.errors()
    assert tuple(part for part in error["loc"] if isinstance(part, int)) == place


@pytest.mark.parametrize("value", [None, 5, "1", {}, []])
def test_what_is_no_list_of_numbers_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        COLUMN.validate_python(value)


def test_a_missing_value_is_called_so() -> None:
    with pytest.raises(ValidationError, match="missing here: leave the point out"):
        COLUMN.validate_python([1, None])


def test_bounds_of_the_numbers() -> None:
    least = 5e-324
    assert TypeAdapter(PositiveColumn).validate_python([least]).lists() == [least]
    assert TypeAdapter(NonnegativeColumn).validate_python([0, 1]).lists() == [0, 1]
    for column, number in ((PositiveColumn, 0), (NonnegativeColumn, -least)):
        with pytest.raises(ValidationError):
            TypeAdapter(column).validate_python([1, number])


def test_only_columns_of_numbers_are_packed() -> None:
    rest = {"labels": ["a"], "sigma": [], "weights": [1, None], "domain": [0, 1]}
    found = with_packed_columns({"x": {"x1": [1, 2]}, "y": [[1], [2]], **rest})
    x1, y = Numbers(array("d", [1, 2])), Numbers(array("d", [1, 2]), array("q", [1, 1]))
    assert found == {"x": {"x1": x1}, "y": y, **rest}
