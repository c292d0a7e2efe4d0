"""What a request may say of parameters."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.parameters import Parameter
from app.schemas.request import FitRequest


@pytest.mark.parametrize(
    "parameter",
    [
        {"tied": "2 * b", "start": 1},
        {"tied": "2 * b", "fixed": True},
        {"fixed": True, "start": "auto"},
        {"fixed": True, "shared": True, "start": 1},
        {"lower": 1, "upper": 1},
        {"lower": 1, "start": 0},
        {"start": "1"},
        {"tied": "2 *"},
    ],
)
def test_a_parameter_that_contradicts_itself_is_refused(parameter: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FitRequest.model_validate({"parameters": {"a": parameter}})


def test_a_default_start_keeps_to_the_bounds() -> None:
    assert Parameter(lower=2.0).with_default_start(1.0).start == 2
    assert Parameter(upper=-2.0).with_default_start(1.0).start == -2
    assert Parameter(start=5.0).with_default_start(1.0).start == 5
    assert Parameter(lower=2.0).with_default_start("auto").start == "auto"
    assert Parameter(tied="2 * b").with_default_start(1.0).start is None


@pytest.mark.parametrize(
    ("of_lmfit", "ours"),
    [
        ({"value": 1, "min": 0, "max": 10}, {"start": 1, "lower": 0, "upper": 10}),
        ({"value": 2, "vary": False}, {"start": 2, "fixed": True}),
        ({"value": 2, "vary": True}, {"start": 2}),
        ({"expr": "2 * b"}, {"tied": "2 * b"}),
        ({"min": None, "lower": 3}, None),
    ],
)
def test_words_of_lmfit_are_taken(of_lmfit: dict[str, Any], ours: dict[str, Any] | None) -> None:
    if ours is None:
        with pytest.raises(ValidationError, match="min is lmfit's word for lower: give one of them"):
            Parameter.model_validate(of_lmfit)
    else:
        assert Parameter.model_validate(of_lmfit) == Parameter.model_validate(ours)


def test_all_parameters_may_be_left_to_the_service_by_one_word() -> None:
    assert FitRequest.model_validate({"parameters": "auto"}).given_parameters == {}


@pytest.mark.parametrize("parameters", [[1, 2], "best", 3, None])
def test_parameters_without_names_are_told_how_to_write_them(parameters: Any) -> None:
    with pytest.raises(ValidationError, match=r"by name|'auto'"):
        FitRequest.model_validate({"parameters": parameters})
