"""Long answers in pieces."""

import json
import math
from array import array

from app.api.streams import CHARACTERS_AT_ONCE, ITEMS_AT_ONCE, gathered, json_pieces
from app.schemas.numbers import Numbers


def read(value: object) -> object:
    return json.loads("".join(json_pieces(value)))


def test_texts_are_joined_to_pieces_that_are_worth_sending() -> None:
    pieces = list(gathered(["1234567890"] * 50_000))
    assert "".join(pieces) == "1234567890" * 50_000
    assert [len(piece) for piece in pieces] == [CHARACTERS_AT_ONCE, CHARACTERS_AT_ONCE, 100_000]


def test_numbers_are_lists_and_every_number_is_kept_to_the_last_bit() -> None:
    numbers = [k / 7 for k in range(2 * ITEMS_AT_ONCE + 1)]
    assert read({"y": array("d", numbers)}) == {"y": numbers}


def test_numbers_of_many_curves_are_lists_of_lists() -> None:
    assert read(Numbers(array("d", [1, 2, 3]), array("q", [2, 1]))) == [[1, 2], [3]]


def test_iterators_are_lists() -> None:
    rows = [{"step": step} for step in range(ITEMS_AT_ONCE + 1)]
    assert read({"data": iter(rows)}) == {"data": rows}


def test_what_is_empty_stays_empty() -> None:
    assert read({"x": array("d"), "data": iter(()), "labels": {}}) == {"x": [], "data": [], "labels": {}}


def test_a_number_that_is_not_finite_is_null() -> None:
    numbers = array("d", [math.nan, math.inf, -math.inf])
    assert read({"y": numbers, "data": iter([{"loss": math.nan}]), "level": math.inf}) == {
        "y": [None, None, None],
        "data": [{"loss": None}],
        "level": None,
    }
