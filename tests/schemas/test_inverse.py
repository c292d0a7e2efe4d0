"""Which responses may be asked for."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.inverse import MOST_UNKNOWNS, InverseRequest


def test_an_unknown_is_a_number_or_a_list_of_replicates() -> None:
    assert InverseRequest.model_validate({"y": [1, [2, 3]]}).y == [1, [2, 3]]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"y": []},
        {"y": 1},
        {"y": [[]]},
        {"y": ["1"]},
        {"y": [float("nan")]},
        {"y": [0] * (MOST_UNKNOWNS + 1)},
        {"y": [1], "level": 1},
        {"y": [1], "interval": "wald"},
        {"y": [1] * 101, "interval": "profile"},
        {"y": [1], "interval": "profile", "mean_response": True},
        {"y": [1], "replicates": 0},
        {"y": [[1, 2]], "replicates": 2},
        {"y": [1], "sigma": 0},
        {"y": [1], "sigma": [1, 2]},
        {"y": [1], "range": [2, 1]},
        {"y": [1], "range": [1]},
        {"y": [1], "curve": 0, "label": "A1"},
        {"y": [1], "mean_response": True, "replicates": 2},
        {"y": [[1, 2]], "mean_response": True},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InverseRequest.model_validate(wrong)
