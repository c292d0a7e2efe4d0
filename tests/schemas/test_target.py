"""Measured data of one curve and of many: which columns fit together, and what is told of those that do not."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.target import DataTarget


@pytest.mark.parametrize(
    "target",
    [
        {"x": [0, 1], "y": [1, 2]},
        {"x": [0, 1], "y": [[1, 2]]},
        {"x": [0, 1], "y": [[1, 2], [3, 4]], "labels": ["a", "b"]},
        {"x": [[0, 1], [0]], "y": [[1, 2], [3]], "weights": [[1, 1], [0]]},
        {"x": {"x1": [0, 1], "x2": [[0, 1], [2, 3]]}, "y": [[1, 2], [3, 4]], "sigma": [1, 2]},
    ],
)
def test_columns_that_fit_together(target: dict[str, Any]) -> None:
    found = DataTarget.model_validate(target).model_dump(exclude_defaults=True)
    assert found == target


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"x": [0, 1], "y": [1]}, ("y",)),
        ({"x": {"x1": [0, 1], "x2": [0]}, "y": [1, 2]}, ("x", "x2")),
        ({"x": {"x1": [0, 1], "x2": [0, 1]}, "y": [1]}, ("y",)),
        ({"x": [0, 1], "y": [1, 2], "sigma": [1]}, ("sigma",)),
        ({"x": [0, 1], "y": [1, 2], "weights": [1, 1, 1]}, ("weights",)),
        ({"x": [[0, 1]], "y": [1, 2]}, ("x", 0)),
        ({"x": {"x1": [[0, 1]]}, "y": [1, 2]}, ("x", "x1", 0)),
        ({"x": [0, 1], "y": [[1, 2], [3]]}, ("y", 1)),
        ({"x": [[0, 1], [0, 1]], "y": [[1, 2], [3]]}, ("x", 1)),
        ({"x": [[0, 1]], "y": [[1, 2], [3, 4]]}, ("x",)),
        ({"x": [0, 1], "y": [[1, 2]], "sigma": [[1]]}, ("sigma", 0)),
        ({"x": [0, 1], "y": [1, 2], "labels": ["a"]}, ("labels",)),
        ({"x": [0, 1], "y": [[1, 2]], "labels": ["a", "b"]}, ("labels",)),
        ({"x": [0, 1], "y": [[1, 2]], "labels": [5]}, ("labels", 0)),
    ],
)
def test_columns_that_do_not_fit_together(wrong: dict[str, Any], place: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        DataTarget.model_validate(wrong)
    (error,) = caught.value.errors()
    assert error["loc"] == place


@pytest.mark.parametrize("name", ["gamma", "min", "j0", "P3", "lambda", "e"])
def test_a_variable_may_have_the_name_of_a_function(name: str) -> None:
    assert list(DataTarget.model_validate({"x": {name: [0, 1]}, "y": [1, 2]}).variables) == [name]


def test_pi_is_no_name_of_a_variable() -> None:
    with pytest.raises(ValidationError, match="pi is the constant"):
        DataTarget.model_validate({"x": {"pi": [0, 1]}, "y": [1, 2]})
