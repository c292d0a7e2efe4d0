"""The models of the library as they are shown."""

import pytest

from app.fitting.formulas.series import SERIES
from app.fitting.library import MODELS
from app.jobs.errors import ModelNotFoundError
from app.jobs.results.catalogue import describe_model, list_models


def test_every_model_and_every_series_is_listed_once() -> None:
    listed = list_models()
    assert [model.name for model in listed.data] == list(MODELS)
    assert [series.series for series in listed.series] == list(SERIES)


@pytest.mark.parametrize("name", MODELS)
def test_an_example_has_every_option_at_its_default_but_an_origin_that_follows_from_the_data(name: str) -> None:
    model = describe_model(name)
    defaults = {option: described.default for option, described in model.options.items() if option != "origin"}
    assert model.example == {"name": name, **defaults}


def test_the_formula_of_several_variables_has_them_by_number() -> None:
    model = describe_model("gaussian_2d")
    assert model.variables == 2
    assert "x1" in model.formula
    assert "x2" in model.formula


def test_an_unknown_model_is_told_without_repeating_a_long_name() -> None:
    with pytest.raises(ModelNotFoundError, match="GET /models") as caught:
        describe_model("x" * 500)
    assert len(str(caught.value)) < 150
