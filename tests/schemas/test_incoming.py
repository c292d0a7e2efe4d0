"""Requests are taken as they are written: nothing is converted, nothing unknown is passed over."""

from typing import Annotated, Any

import pytest
from pydantic import Field, Tag, TypeAdapter, ValidationError

from app.fitting.formulas.formula import parse
from app.schemas.incoming import NUMBER_OR_AUTO, AutoWord, Incoming, Name, formula_text

NUMBER: TypeAdapter[Any] = TypeAdapter(Annotated[Annotated[float, Tag("tag:number")] | AutoWord, NUMBER_OR_AUTO])


class Sample(Incoming):
    """A part of a request."""

    size: float = Field(description="Any number.")


@pytest.mark.parametrize("wrong", [{"size": "5"}, {"size": True}, {"size": float("nan")}, {"size": 1, "more": 2}, {}])
def test_only_what_is_meant_is_taken(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate(wrong)


def test_a_whole_number_is_a_number() -> None:
    assert Sample.model_validate({"size": 5}).size == 5


def test_a_number_may_be_left_to_the_service() -> None:
    assert NUMBER.validate_python("auto") == "auto"
    assert NUMBER.validate_python(2) == 2
    for wrong in ("automatic", True, [1], None):
        with pytest.raises(ValidationError, match="auto"):
            NUMBER.validate_python(wrong)


def test_a_text_that_is_no_formula_is_told_with_the_position() -> None:
    with pytest.raises(ValidationError, match="character 4"):
        TypeAdapter(Annotated[str, formula_text(parse)]).validate_python("a *")


@pytest.mark.parametrize("name", ["", "1a", "a b", "a.b", "x" * 51])
def test_names_are_those_that_formulas_can_have(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(name)
