"""Targets in the form in which they are stored, and targets that can't be fitted to."""

from array import array
from typing import Any

import pytest

from app.jobs.submission.targets import columns_of, first_variable, wrong_target
from app.schemas.request import FitRequest
from app.settings import Settings


def request(target: dict[str, Any], **others: Any) -> FitRequest:
    return FitRequest.model_validate({"target": target, **others})


def wrong(target: dict[str, Any], settings: Settings | None = None, **others: Any) -> list[tuple[Any, str]]:
    found = wrong_target(request(target, **others), settings or Settings())
    return [(field.path, field.detail) for field in found]


def test_one_curve() -> None:
    arrays, rest = columns_of(request({"x": {"u": [0, 1]}, "y": [2, 3], "sigma": [1, 1]}).target)
    assert arrays == {"x.u": array("d", [0, 1]), "y.y": array("d", [2, 3]), "sigma.sigma": array("d", [1, 1])}
    assert rest == {
        "points": 2,
        "variables": ["u"],
        "several": True,
        "curves": None,
        "labels": None,
        "sigma_absolute": False,
        "response": None,
    }


def test_many_curves_of_one_length() -> None:
    arrays, rest = columns_of(request({"x": [0, 1], "y": [[2, 3], [4, 5]], "labels": ["a", "b"]}).target)
    assert arrays == {"x.x": array("d", [0, 1]), "y.y": array("d", [2, 3, 4, 5])}
    assert (rest["points"], rest["curves"], rest["labels"]) == (4, 2, ["a", "b"])


def test_many_curves_of_different_lengths() -> None:
    arrays, _ = columns_of(request({"x": [[0, 1], [0]], "y": [[2, 3], [4]]}).target)
    assert arrays["lengths.lengths"] == array("d", [2, 1])
    assert arrays["x.x"] == array("d", [0, 1, 0])


def test_a_function_has_no_arrays() -> None:
    assert columns_of(request({"function": "cos"}).target)[0] == {}


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
