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


NAN = float("nan")


@pytest.mark.parametrize(
    ("target", "left", "left_out"),
    [
        ({"x": [0, 1], "y": [[1, None], [3, 4]]}, {"x": [[0], [0, 1]], "y": [[1], [3, 4]]}, [1, 0]),
        ({"x": [0, 1], "y": [[1, NAN], [3, None]]}, {"x": [0], "y": [[1], [3]]}, [1, 1]),
        ({"x": [None, 1], "y": [[1, 2], [3, 4]]}, {"x": [1], "y": [[2], [4]]}, [1, 1]),
        ({"x": [0, 1], "y": [[None, None], [3, 4]]}, {"x": [[], [0, 1]], "y": [[], [3, 4]]}, [2, 0]),
        (
            {"x": [[0, 1], [2]], "y": [[1, 2], [3]], "sigma": [[1, None], [1]]},
            {"x": [[0], [2]], "y": [[1], [3]]},
            [1, 0],
        ),
        ({"x": {"u": [0, 1, 2]}, "y": [1, None, 3], "missing": "omit"}, {"x": {"u": [0, 2]}, "y": [1, 3]}, [1]),
    ],
)
def test_points_that_lack_a_value_are_left_out(
    target: dict[str, Any], left: dict[str, Any], left_out: list[int]
) -> None:
    found = DataTarget.model_validate(target)
    assert found.model_dump(include={"x", "y"}) == left
    assert list(found.left_out or ()) == left_out


@pytest.mark.parametrize("y", [[[], [1, 2], []], [[], [1, None, 2], []]])
def test_curves_without_points_are_taken_as_they_are_told(y: Any) -> None:
    found = DataTarget.model_validate({"x": [[], list(range(len(y[1]))), []], "y": y, "sigma": y})
    assert found.y.lists() == [[], [1, 2], []]
    assert DataTarget.model_validate(found.model_dump()).y == found.y


@pytest.mark.parametrize(
    ("target", "place"),
    [
        ({"x": [0, 1], "y": [1, None]}, ("y", 1)),
        ({"x": [0, 1], "y": [[1, None], [3, 4]], "missing": "refuse"}, ("y", 0, 1)),
        ({"x": [0, 1], "y": [[None, None]]}, ("y",)),
        ({"x": [0, 1, 2], "y": [[1, None]]}, ("y", 0, 1)),
        ({"x": [[], [0]], "y": [[], [1]], "missing": "refuse"}, ("y", 0)),
        ({"x": [[], []], "y": [[], []]}, ("y",)),
        ({"x": [0, 1], "y": [[], [1, 2]]}, ("y", 0)),
    ],
)
def test_missing_values_that_are_refused(target: dict[str, Any], place: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        DataTarget.model_validate(target)
    (error,) = caught.value.errors()
    assert tuple(part for part in error["loc"] if not str(part).startswith("tag:")) == place
