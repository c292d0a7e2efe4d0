"""The model of a request as a formula in its variables."""

from typing import Any

import pytest
import torch

from app.fitting.library import MODELS
from app.jobs.errors import InvalidRequestError
from app.jobs.fit.stored import StoredFit
from app.jobs.results.catalogue import describe_model
from app.jobs.submission.models import bounds_of, formula_of, scale_of
from app.schemas.model import NamedModel, SeriesModel, SumModel
from tests.helpers.trained_fits import submitted

X = torch.linspace(2, 6, 5, dtype=torch.float64)


def series(**fields: Any) -> SeriesModel:
    return SeriesModel.model_validate({"series": "legendre", "degree": 1} | fields)


def wrong_field(model: Any, *variables: str) -> tuple[str | int, ...]:
    with pytest.raises(InvalidRequestError) as caught:
        formula_of(model, variables, X, None)
    (wrong,) = caught.value.wrong
    return wrong.path


def test_a_formula_is_itself() -> None:
    assert formula_of("a + b * dose", ("dose",), X, None) == "a + b * dose"


def test_a_model_of_the_library_is_written_in_the_variable_of_the_data() -> None:
    formula = formula_of(NamedModel(name="gaussian"), ("dose",), X, None)
    assert formula is not None
    assert "dose" in formula


def test_a_series_is_written_in_its_scaled_variable() -> None:
    assert formula_of(series(), ("x",), X, None) == "c0 + c1*P1((x - 4.0)/2.0)"
    assert scale_of(series(domain=[0, 2]), X, "x").origin == 1


def test_an_automatic_degree_has_no_formula_yet() -> None:
    assert formula_of(series(degree="auto"), ("x",), X, None) is None


def test_natural_bounds_are_those_of_the_model() -> None:
    assert bounds_of(NamedModel(name="pseudo_voigt"), ("x",)) == {"fraction": (0, 1)}
    assert bounds_of("a * x", ("x",)) == {}


def test_what_does_not_fit_the_variables_is_named() -> None:
    assert wrong_field(series(), "u", "v") == ("model", "series")
    assert wrong_field(series(), "c1") == ("target", "x", "c1")
    parts = SumModel(sum=[NamedModel(name="gaussian"), NamedModel(name="gausian")])
    assert wrong_field(parts, "x") == ("model", "sum", 1, "name")
    assert wrong_field(NamedModel(name="gausian"), "x") == ("model", "name")
    assert wrong_field("u * (a", "u") == ("model",)


BELL = [4.1, 4.4, 5.2, 6.1, 7.6, 9.2, 10.9, 12.2, 12.9, 13.1, 12.4, 11.3, 9.6, 7.9, 6.5, 5.3, 4.6, 4.2, 4.0, 4.1]
TARGETS: dict[int, dict[str, Any]] = {
    1: {"x": [0.5 * k for k in range(1, 21)], "y": BELL},
    2: {"x": {"x1": [k % 4 for k in range(20)], "x2": [k // 4 for k in range(20)]}, "y": BELL},
}
"""By the number of predictor variables."""


def refused_field(variables: int, model: dict[str, Any]) -> tuple[str | int, ...]:
    with pytest.raises(InvalidRequestError) as caught:
        submitted({"target": TARGETS[variables], "model": model})
    (wrong,) = caught.value.wrong
    return wrong.path


@pytest.mark.parametrize("name", [name for name, entry in MODELS.items() if entry.options])
def test_options_hold_within_the_limits_told_and_not_beyond(name: str) -> None:
    variables = describe_model(name).variables or 1
    for option, described in describe_model(name).options.items():
        right: list[Any] = [described.default]
        wrong: list[Any] = ["many", True, None if described.choices else "1"]
        if described.choices is not None:
            right, wrong = described.choices, ["many", 1]
        elif described.lowest is not None and described.highest is not None:
            right += [described.lowest, described.highest]
            wrong += [described.lowest - 1, described.highest + 1, described.lowest + 0.5]
        for value in right:
            assert submitted({"target": TARGETS[variables], "model": {"name": name, option: value}}).fit.formula
        for value in wrong:
            assert refused_field(variables, {"name": name, option: value}) == ("model", option)


@pytest.mark.parametrize("name", [name for name, entry in MODELS.items() if entry.options])
def test_options_left_out_are_those_told_as_default(name: str) -> None:
    described = describe_model(name)
    target = TARGETS[described.variables or 1]
    assert submitted({"target": target, "model": {"name": name}}).fit.formula == described.formula


@pytest.mark.parametrize("name", MODELS)
def test_a_model_takes_as_many_predictor_variables_as_told(name: str) -> None:
    for variables in (1, 2):
        if describe_model(name).variables in (variables, None):
            assert submitted({"target": TARGETS[variables], "model": {"name": name}}).fit.formula
        else:
            assert refused_field(variables, {"name": name}) == ("model", "name")


FAR = {"x": [1.7e9 + 60 * k for k in range(20)], "y": BELL}


@pytest.mark.parametrize("name", ["exponential_decay", "double_exponential", "sinusoid", "damped_oscillation"])
def test_an_origin_that_is_left_out_is_told_near_data_that_are_far_from_0(name: str) -> None:
    assert submitted({"target": FAR, "model": {"name": name}}).fit.model == NamedModel.model_validate(
        {"name": name, "origin": 1.7e9}
    )
    near = submitted({"target": TARGETS[1], "model": {"name": name}}).fit.model
    assert near == NamedModel.model_validate({"name": name, "origin": 0.0})


def test_each_part_of_a_sum_has_its_origin_and_is_stored_with_it() -> None:
    model = {"sum": [{"name": "gaussian", "peaks": 2}, {"name": "exponential_decay"}]}
    fit = submitted({"target": FAR, "model": model}).fit
    assert StoredFit.from_json(fit.to_json()) == fit
    assert fit.to_json()["model"] == {
        "sum": [{"name": "gaussian", "peaks": 2}, {"name": "exponential_decay", "origin": 1.7e9}]
    }


def test_a_sum_has_the_domains_and_natural_bounds_of_its_parts() -> None:
    doses = {"x": [0, 1, 3, 10, 30, 100], "y": [0.1, 0.3, 0.9, 1.5, 1.8, 1.9]}
    with pytest.raises(InvalidRequestError):
        submitted({"target": doses | {"x": [-1, 1, 3, 10, 30, 100]}, "model": "linear + hill"})
    assert submitted({"target": doses, "model": "linear + pseudo_voigt"}).fit.parameters["fraction"].upper == 1


def test_an_origin_that_is_given_stays() -> None:
    model = {"name": "exponential_decay", "origin": 12.5}
    assert submitted({"target": FAR, "model": model}).fit.model == NamedModel.model_validate(model)


def test_temperatures_that_look_like_celsius_are_warned_of() -> None:
    target = {"x": [10.0, 20, 30, 40, 50], "y": [1.0, 2, 4, 8, 15]}
    (warning,) = submitted({"target": target, "model": {"name": "arrhenius"}}).fit.warnings
    assert "add 273.15" in warning
    kelvin = target | {"x": [283.0, 293, 303, 313, 323]}
    assert submitted({"target": kelvin, "model": {"name": "arrhenius"}}).fit.warnings == []


def test_a_dose_of_0_is_legal_and_a_negative_one_is_not() -> None:
    target = {"x": [0, 1, 3, 10, 30], "y": [0.1, 0.3, 0.9, 1.5, 1.8]}
    assert submitted({"target": target, "model": {"name": "logistic_4"}}).fit.warnings == []
    with pytest.raises(InvalidRequestError):
        submitted({"target": target | {"x": [-1, 1, 3, 10, 30]}, "model": {"name": "logistic_4"}})
