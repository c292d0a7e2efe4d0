"""Measured data in the form in which the table keeps them, and back."""

from array import array
from typing import Any

import pytest

from app.jobs.data.columns import StoredData, from_stored, to_stored
from app.schemas.target import DataTarget


def stored(**target: Any) -> tuple[StoredData, dict[str, "array[float]"]]:
    return to_stored(DataTarget.model_validate(target))


def test_one_curve() -> None:
    data, arrays = stored(x={"u": [0, 1]}, y=[2, 3], sigma=[1, 1])
    assert arrays == {"x.u": array("d", [0, 1]), "y.y": array("d", [2, 3]), "sigma.sigma": array("d", [1, 1])}
    others = {"curves": None, "labels": None, "sigma_absolute": False, "response": None, "missing": "refuse"}
    assert data == StoredData(2, ("u",), several=True, **others)


def test_many_curves_of_one_length() -> None:
    data, arrays = stored(x=[0, 1], y=[[2, 3], [4, 5]], labels=["a", "b"])
    assert arrays == {"x.x": array("d", [0, 1]), "y.y": array("d", [2, 3, 4, 5])}
    assert (data.points, data.curves, data.labels) == (4, 2, ["a", "b"])


def test_many_curves_of_different_lengths() -> None:
    _, arrays = stored(x=[[0, 1], [0]], y=[[2, 3], [4]])
    assert arrays["lengths.lengths"] == array("d", [2, 1])
    assert arrays["x.x"] == array("d", [0, 1, 0])


@pytest.mark.parametrize(
    "target",
    [
        {"x": [0, 1], "y": [2, 3]},
        {"x": {"u": [0, 1], "v": [5, 6]}, "y": [2, 3], "weights": [1, 0], "response": "log(y)"},
        {"x": [0, 1], "y": [[2, 3], [4, 5]], "labels": ["a", "b"], "sigma": [1, 2], "sigma_absolute": True},
        {"x": [[0, 1], [0]], "y": [[2, 3], [4]]},
    ],
)
def test_data_come_back_as_they_were_posted(target: dict[str, Any]) -> None:
    posted = DataTarget.model_validate(target)
    missing = "refuse" if posted.curves is None else "omit"
    assert from_stored(*to_stored(posted)).model_dump() == posted.model_dump() | {"missing": missing}
