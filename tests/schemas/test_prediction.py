"""Where a fitted model is to be worked out."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.prediction import PredictionRequest


def test_points_are_a_list_or_lists_by_name_or_those_of_the_fit() -> None:
    assert PredictionRequest.model_validate({"x": [1, 2]}).x == [1, 2]
    assert PredictionRequest.model_validate({"x": {"u": [1], "v": [2]}}).x == {"u": [1], "v": [2]}
    assert PredictionRequest.model_validate({}).x is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"x": []},
        {"x": {}},
        {"x": 1},
        {"x": [float("nan")]},
        {"level": 0},
        {"level": 1},
        {"sigma": [0]},
        {"sigma": []},
        {"curve": -1},
        {"points": [1]},
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PredictionRequest.model_validate(wrong)
