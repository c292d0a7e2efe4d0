"""What the options say becomes the request of a fit, and its errors are told by the options."""

import pytest

from app.cli.request import _IS_JSON, field_of, hyperparameters, reading
from app.cli.values import Named
from app.schemas.reading import Reading


def test_the_words_of_a_reading_are_what_the_service_takes() -> None:
    said = {"sheet": "2024", "decimal": ",", "header_row": "3", "transpose": "true", "missing_words": '["n.d."]'}
    told = reading(Named(name, value) for name, value in said.items())
    assert Reading.model_validate(told).model_dump(exclude_none=True) == {
        "sheet": "2024",
        "decimal": ",",
        "header_row": 3,
        "transpose": True,
        "missing_words": ["n.d."],
    }
    assert reading([]) is None


def test_all_of_a_reading_that_is_no_text_is_known() -> None:
    schema = Reading.model_json_schema()["properties"]
    kinds = {name: {kind.get("type") for kind in said.get("anyOf", [said])} - {"null"} for name, said in schema.items()}
    set_by_people = {name for name in kinds if not schema[name]["description"].startswith("Found")}
    assert {name for name in set_by_people if "string" not in kinds[name]} == _IS_JSON - {"date_system"}


def test_an_optimizer_has_its_settings() -> None:
    assert hyperparameters("adam", [Named("steps", 5)]) == {"optimizer": "adam", "steps": 5}
    assert hyperparameters(None, []) is None


@pytest.mark.parametrize(
    ("pointer", "option"),
    [
        ("#/model", "MODEL"),
        ("#/target/x", "--x"),
        ("#/target/reading/decimal", "--reading decimal"),
        ("#/hyperparameters/optimizer", "--optimizer"),
        ("#/hyperparameters/steps", "--hyperparameter steps"),
        ("#/parameters/a~1b/lower", "parameter a/b lower"),
        ("#/device", "device"),
        ("#", ""),
    ],
)
def test_a_field_is_named_by_its_option(pointer: str, option: str) -> None:
    assert field_of(pointer) == option
