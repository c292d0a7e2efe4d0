"""What a request may say of parameters, confidence and labels; the HTTP tests name the field of what is wrong."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.request import TUTORIAL_MODEL, FitRequest, Parameter
from app.schemas.target import FunctionTarget


def test_an_empty_request_is_the_tutorials_job() -> None:
    request = FitRequest.model_validate({})
    assert (request.model, request.target, request.loss.name) == (TUTORIAL_MODEL, FunctionTarget(), "squares")
    assert (request.device, request.dtype, request.seed, request.metadata) == ("cpu", "float64", 0, {})


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


@pytest.mark.parametrize("body", [{"metadata": {"k": "v" * 513}}, {"metadata": {"k": 1}}, {"confidence": {"level": 1}}])
def test_labels_and_levels_have_their_limits(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FitRequest.model_validate(body)
