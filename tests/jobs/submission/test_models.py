"""The model of a request as a formula in its variables."""

from typing import Any

import pytest
import torch

from app.jobs.errors import InvalidRequestError
from app.jobs.submission.models import bounds_of, formula_of, scale_of
from app.schemas.model import NamedModel, SeriesModel

X = torch.linspace(2, 6, 5, dtype=torch.float64)


def series(**fields: Any) -> SeriesModel:
    return SeriesModel.model_validate({"series": "legendre", "degree": 1} | fields)


def wrong_field(model: Any, *variables: str) -> tuple[str | int, ...]:
    with pytest.raises(InvalidRequestError) as caught:
        formula_of(model, variables, X)
    (wrong,) = caught.value.wrong
    return wrong.path


def test_a_formula_is_itself() -> None:
    assert formula_of("a + b * dose", ("dose",), X) == "a + b * dose"


def test_a_model_of_the_library_is_written_in_the_variable_of_the_data() -> None:
    formula = formula_of(NamedModel(name="gaussian"), ("dose",), X)
    assert formula is not None
    assert "dose" in formula


def test_a_series_is_written_in_its_scaled_variable() -> None:
    assert formula_of(series(), ("x",), X) == "c0 + c1*P1((x - 4.0)/2.0)"
    assert scale_of(series(domain=[0, 2]), X, "x").origin == 1


def test_an_automatic_degree_has_no_formula_yet() -> None:
    assert formula_of(series(degree="auto"), ("x",), X) is None


def test_natural_bounds_are_those_of_the_model() -> None:
    assert bounds_of(NamedModel(name="pseudo_voigt"), ("x",)) == {"fraction": (0, 1)}
    assert bounds_of("a * x", ("x",)) == {}


def test_what_does_not_fit_the_variables_is_named() -> None:
    assert wrong_field(series(), "u", "v") == ("model", "series")
    assert wrong_field(series(), "c1") == ("target", "x", "c1")
    assert wrong_field(NamedModel(name="gausian"), "x") == ("model", "name")
    assert wrong_field("u * (a", "u") == ("model",)
