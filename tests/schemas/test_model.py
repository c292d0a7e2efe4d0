"""A model is a formula, a name of the library, or a series."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.schemas.model import Model, NamedModel, SeriesModel, SumModel

MODEL: TypeAdapter[Any] = TypeAdapter(Model)


def test_each_kind_is_told_by_its_form() -> None:
    assert MODEL.validate_python("a * x") == "a * x"
    assert isinstance(MODEL.validate_python({"name": "gaussian"}), NamedModel)
    assert isinstance(MODEL.validate_python({"sum": [{"name": "gaussian"}]}), SumModel)
    assert isinstance(MODEL.validate_python({"series": "legendre", "degree": "auto"}), SeriesModel)


def test_names_of_the_library_as_a_text_are_its_models() -> None:
    assert MODEL.validate_python(" gaussian") == NamedModel(name="gaussian")
    both = SumModel(sum=[NamedModel(name="gaussian"), NamedModel(name="linear")])
    assert MODEL.validate_python("gaussian+ linear") == both
    assert MODEL.validate_python({"sum": ["gaussian", {"name": "linear"}]}) == both
    assert MODEL.validate_python("gaussian + a*x") == "gaussian + a*x"


def test_other_fields_of_a_named_model_are_its_options() -> None:
    assert MODEL.validate_python({"name": "gaussian", "peaks": 2}).options == {"peaks": 2}
    assert MODEL.validate_python({"name": "gaussian"}).options == {}


def test_parts_of_a_sum_may_be_names_alone() -> None:
    model = MODEL.validate_python({"sum": ["gaussian", {"name": "linear"}]})
    assert model.model_dump() == {"sum": [{"name": "gaussian"}, {"name": "linear"}]}


@pytest.mark.parametrize("model", [{"name": "gaussian", "peaks": [1]}, {"sum": [{"name": "gaussian"}], "name": "x"}])
def test_an_option_that_is_no_plain_value_is_told_once(model: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        MODEL.validate_python(model)
    (error,) = caught.value.errors()
    assert error["loc"][1:] in (("peaks",), ("sum",))


@pytest.mark.parametrize(
    "model",
    [
        "a *",
        {},
        5,
        {"series": "bessel", "degree": 1},
        {"series": "legendre", "degree": 101},
        {"series": "legendre", "degree": "many"},
        {"series": "legendre", "degree": 1, "period": 2.0},
        {"series": "fourier", "degree": 1, "domain": [0, 1]},
        {"series": "legendre", "degree": 1, "domain": [1, 0]},
        {"name": "gaussian", "peaks": [1]},
        {"sum": []},
        {"sum": [{"name": "gaussian"}, {"series": "legendre", "degree": 1}]},
        {"sum": [{"name": "gaussian"}] * 11},
    ],
)
def test_anything_else_is_refused(model: Any) -> None:
    with pytest.raises(ValidationError):
        MODEL.validate_python(model)
