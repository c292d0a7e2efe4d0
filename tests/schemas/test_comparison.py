"""Which fits may be compared."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.comparison import CompareRequest


def test_nested_is_a_word_or_pairs() -> None:
    assert CompareRequest.model_validate({"fits": ["a", "b"], "nested": True}).nested is True
    assert CompareRequest.model_validate({"fits": ["a", "b"], "nested": [["a", "b"]]}).nested == [["a", "b"]]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"fits": ["a"]},
        {"fits": ["a", "a"]},
        {"fits": ["a", ""]},
        {"fits": [str(number) for number in range(21)]},
        {"fits": ["a", "b"], "criterion": "r2"},
        {"fits": ["a", "b"], "nested": "a"},
        {"fits": ["a", "b"], "nested": []},
        {"fits": ["a", "b"], "nested": [["a"]]},
        {"fits": ["a", "b"], "nested": [["a", "c"]]},
        {"fits": ["a", "b"], "nested": [["a", "a"]]},
        {"fits": ["a", "b"], "limit": 0},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CompareRequest.model_validate(wrong)
