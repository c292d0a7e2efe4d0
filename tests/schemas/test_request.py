"""What a request may say of confidence and labels; the HTTP tests name the field of what is wrong."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.request import TUTORIAL_MODEL, FitRequest
from app.schemas.target import FunctionTarget


def test_an_empty_request_is_the_tutorials_job() -> None:
    request = FitRequest.model_validate({})
    assert (request.model, request.target, request.loss.name) == (TUTORIAL_MODEL, FunctionTarget(), "squares")
    assert (request.device, request.dtype, request.seed, request.metadata) == ("cpu", "float64", 0, {})


@pytest.mark.parametrize("body", [{"metadata": {"k": "v" * 513}}, {"metadata": {"k": 1}}, {"confidence": {"level": 1}}])
def test_labels_and_levels_have_their_limits(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FitRequest.model_validate(body)
