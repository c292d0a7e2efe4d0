"""Targets that can't be fitted to."""

from typing import Any

import pytest

from app.jobs.data.columns import to_stored
from app.jobs.submission.targets import first_variable, wrong_target
from app.schemas.request import FitRequest
from app.schemas.target import DataTarget
from app.settings import Settings


def request(target: dict[str, Any], **others: Any) -> FitRequest:
    return FitRequest.model_validate({"target": target, **others})


def wrong(target: dict[str, Any], settings: Settings | None = None, **others: Any) -> list[tuple[Any, str]]:
    posted = request(target, **others)
    stored, arrays = to_stored(posted.target) if isinstance(posted.target, DataTarget) else (posted.target, {})
    fields = wrong_target(stored, arrays, posted.dtype, settings or Settings())
    return [(field.path, field.detail) for field in fields]


def test_the_first_variable_is_that_of_all_curves() -> None:
    assert first_variable(request({"x": [[0, 1], [2]], "y": [[2, 3], [4]]}).target).tolist() == [0, 1, 2]
    assert first_variable(request({"points": 3, "domain": [0, 1]}).target).tolist() == [0, 0.5, 1]


@pytest.mark.parametrize("target", [{"x": [0, 1], "y": [2, 3]}, {"x": [0, 1], "y": [[2, 3], [4, 5]]}, {"points": 5}])
def test_targets_that_can_be_fitted_to(target: dict[str, Any]) -> None:
    assert wrong(target) == []


def test_points_of_all_curves_are_counted() -> None:
    ((path, detail),) = wrong({"x": [0, 1], "y": [[2, 3], [4, 5]]}, Settings(max_points=3))
    assert path == ("target", "y")
    assert "at most 3 points" in detail


def test_curves_are_counted() -> None:
    ((path, detail),) = wrong({"x": [0, 1], "y": [[2, 3], [4, 5]]}, Settings(max_curves=1))
    assert path == ("target", "y")
    assert "at most 1 curves" in detail


def test_a_number_too_large_for_the_dtype_is_told_with_its_curve() -> None:
    ((path, detail),) = wrong({"x": [[0, 1], [0]], "y": [[1, 2], [1e300]]}, dtype="float32")
    assert path == ("target", "y")
    assert detail == "y is not a finite float32 at point 0 of curve 1"


def test_a_response_that_does_not_exist_is_told_with_its_curve() -> None:
    ((path, detail),) = wrong({"x": [0, 1], "y": [[1, 2], [1, -2]], "response": "log(y)"})
    assert path == ("target", "response")
    assert "point 1 of curve 1" in detail
