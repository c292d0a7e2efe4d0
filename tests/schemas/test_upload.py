"""A target whose data come as a file names columns where others have numbers."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.upload import UploadTarget


def test_names_of_columns_are_told_by_the_fields_in_which_they_stand() -> None:
    target = UploadTarget.model_validate({"x": {"u": "dose", "v": [1, 2]}, "y": ["a", "b"], "sigma": "sd"})
    assert target.names == {("x", "u"): "dose", ("y", 0): "a", ("y", 1): "b", ("sigma",): "sd"}


def test_one_column_a_field_is_the_plain_form() -> None:
    target = UploadTarget.model_validate({"x": "dose", "y": "response", "weights": [1, 0], "curve": "well"})
    assert target.names == {("x",): "dose", ("y",): "response"}


@pytest.mark.parametrize("wrong", [{"x": "a"}, {"x": "a", "y": []}, {"x": "", "y": "b"}, {"x": "a", "y": [1, 2]}])
def test_what_names_no_column_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        UploadTarget.model_validate(wrong)
