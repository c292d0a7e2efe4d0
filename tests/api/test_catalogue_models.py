"""The models that can be fitted by name, as they are told: what `GET /models` says, `POST /fit` does."""

from typing import Any

import httpx
import jsonschema
import pytest

from app.fitting.formulas.series import SERIES
from app.fitting.library import MODELS
from tests.helpers.running_service import RunningService

X = [0.5 * k for k in range(1, 21)]
BELL = [4.1, 4.4, 5.2, 6.1, 7.6, 9.2, 10.9, 12.2, 12.9, 13.1, 12.4, 11.3, 9.6, 7.9, 6.5, 5.3, 4.6, 4.2, 4.0, 4.1]
TARGETS: dict[int | None, dict[str, Any]] = {
    1: {"x": X, "y": BELL},
    2: {"x": {"x1": [k % 4 for k in range(20)], "x2": [k // 4 for k in range(20)]}, "y": BELL},
    None: {"x": X, "y": BELL},
}
"""By how many predictor variables a model has; null: any number."""


def described(client: httpx.Client, name: str) -> dict[str, Any]:
    answer = client.get(f"/models/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def posted(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    """Post a fit of one step: only whether it is accepted matters."""
    return client.post("/fit", json={"hyperparameters": {"steps": 1}} | body)


def pointers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [error["pointer"] for error in answer.json()["errors"]]


def test_the_list_has_every_model_and_series_once(client: httpx.Client) -> None:
    found = client.get("/models").json()
    assert found["object"] == "list"
    assert [model["name"] for model in found["data"]] == list(MODELS)
    assert [series["series"] for series in found["series"]] == list(SERIES)


def test_one_model_reads_as_in_the_list(client: httpx.Client) -> None:
    for model in client.get("/models").json()["data"]:
        assert described(client, model["name"]) == model


def test_the_list_fits_its_schema(client: httpx.Client) -> None:
    components = client.get("/openapi.json").json()["components"]
    schema = {"$ref": "#/components/schemas/ModelList", "components": components}
    jsonschema.Draft202012Validator(schema).validate(client.get("/models").json())


@pytest.mark.parametrize("name", MODELS)
def test_a_model_explains_itself(client: httpx.Client, name: str) -> None:
    model = described(client, name)
    assert model["title"]
    assert all(model["parameters"].values())
    for parameter in model["parameters"]:
        assert parameter in model["formula"]
        assert parameter.replace("_", r"\_") in model["latex"]
    for option in model["options"].values():
        assert option["meaning"]
        if option["lowest"] is not None:
            assert option["lowest"] <= option["default"] <= option["highest"]
        if option["choices"] is not None:
            assert option["default"] in option["choices"]


@pytest.mark.parametrize("name", MODELS)
def test_the_example_of_a_model_is_fitted_with_the_formula_and_parameters_told(
    service: RunningService, name: str
) -> None:
    model = described(service.client, name)
    fit = service.fitted({"target": TARGETS[model["variables"]], "model": model["example"]})
    assert fit["status"] == "succeeded", fit["message"]
    assert fit["formula"] == model["formula"]
    assert fit["model"] == model["example"] | {
        name: option["default"] for name, option in model["options"].items() if name == "origin"
    }
    assert set(fit["result"]["coefficients"]) == set(model["parameters"])


@pytest.mark.parametrize("name", SERIES)
def test_the_example_of_a_series_is_fitted(service: RunningService, name: str) -> None:
    (example,) = (told["example"] for told in service.client.get("/models").json()["series"] if told["series"] == name)
    fit = service.fitted({"target": TARGETS[1], "model": example})
    assert fit["status"] == "succeeded", fit["message"]
    assert fit["result"]["selection"]["criterion"] == example["criterion"]


def test_the_formula_of_a_series_is_written_in_its_scaled_x(client: httpx.Client) -> None:
    formulas = {told["series"]: told["formula"] for told in client.get("/models").json()["series"]}
    assert formulas["legendre"] == "c0 + c1*P1(u) + c2*P2(u)"
    assert formulas["fourier"].startswith("c0 + a1*cos(2*pi*u) + b1*sin(2*pi*u)")


def test_the_formula_told_is_the_model_of_that_name(service: RunningService) -> None:
    model = described(service.client, "gaussian")
    start = {"amplitude": 9, "center": 5, "width": 1.5, "offset": 4}
    by_name, by_formula = (
        service.fitted({"target": TARGETS[1], "model": given, "parameters": start})["result"]
        for given in (model["example"], model["formula"])
    )
    assert by_name["coefficients"] == by_formula["coefficients"]
    assert by_name["start"] == by_formula["start"] == start


def test_a_sum_of_models_is_fitted_compared_and_exported(service: RunningService) -> None:
    client = service.client
    text, parts = "gaussian + linear", {"sum": [{"name": "gaussian"}, {"name": "linear"}]}
    fit, same = (service.fitted({"target": TARGETS[1], "model": model}) for model in (text, parts))
    assert fit["model"] == same["model"] == parts
    assert fit["result"]["coefficients"] == same["result"]["coefficients"]
    assert [*fit["parameters"]] == ["amplitude", "center", "width", "intercept", "slope"]
    alone = service.fitted({"target": TARGETS[1], "model": "gaussian"})
    (test,) = client.post("/compare", json={"fits": [alone["id"], fit["id"]]}).json()["tests"]
    assert test["why_nested"] == "it is the larger model with slope = 0, intercept = its offset"
    assert client.get(f"/fit/{fit['id']}/export?format=latex").status_code == 200
    area = {"quantities": {"area": "amplitude * width * sqrt(2 * pi)"}}
    assert client.post(f"/fit/{fit['id']}/derive", json=area).status_code == 200


def test_a_part_that_there_is_not_is_named_by_its_place(client: httpx.Client) -> None:
    refused = posted(client, {"target": TARGETS[1], "model": {"sum": [{"name": "gaussian"}, {"name": "gausian"}]}})
    assert pointers(refused) == ["#/model/sum/1/name"]


def test_an_option_that_a_model_lacks_is_refused_with_those_it_has(client: httpx.Client) -> None:
    refused = posted(client, {"target": TARGETS[1], "model": {"name": "rational", "degree": 2}})
    assert pointers(refused) == ["#/model/degree"]
    assert "it has: numerator, denominator" in refused.json()["errors"][0]["detail"]


def test_predictor_variables_may_have_any_names(service: RunningService) -> None:
    dose = [0, 0.1, 0.3, 1, 3, 10, 30, 100]
    response = [2.1, 3.9, 9.2, 23.8, 48.9, 76.1, 90.8, 97.2]
    target = {"x": {"dose": dose}, "y": response}
    fit = service.fitted({"target": target, "model": {"name": "logistic_4"}})
    assert "maximum(dose," in fit["formula"]
    assert fit["result"]["coefficients"]["ec50"] == pytest.approx(3.2, rel=0.1)

    target = {"x": {"height": [1, 2, 3, 4], "age": [1, 4, 9, 16], "dose": [1, 0, 0, 1]}, "y": [6, 3, 2, 5]}
    fit = service.fitted({"target": target, "model": {"name": "linear"}})
    assert list(fit["result"]["coefficients"]) == ["intercept", "slope_height", "slope_age", "slope_dose"]


def test_natural_bounds_are_told(client: httpx.Client) -> None:
    assert described(client, "voigt")["bounds"] == {"half_width": {"lower": 0, "upper": None}}
    assert described(client, "pseudo_voigt")["bounds"] == {"fraction": {"lower": 0, "upper": 1}}
    assert described(client, "gaussian")["bounds"] == {}


@pytest.mark.parametrize(
    ("given", "bounds"),
    [
        ({}, (0, 1)),
        ({"fraction": 0.3}, (0, 1)),
        ({"fraction": {"lower": -0.5}}, (-0.5, None)),
        ({"fraction": -0.1}, (None, None)),
        ({"fraction": {"start": 0.5, "fixed": True}}, (None, None)),
        ({"fraction": {"tied": "amplitude/100"}}, (None, None)),
    ],
    ids=["none", "start", "bounds of its own", "start beyond", "fixed", "tied"],
)
def test_natural_bounds_hold_unless_a_request_says_otherwise(
    client: httpx.Client, given: dict[str, Any], bounds: tuple[float | None, float | None]
) -> None:
    answer = posted(client, {"target": TARGETS[1], "model": {"name": "pseudo_voigt"}, "parameters": given})
    fraction = answer.json()["parameters"]["fraction"]
    assert (fraction["lower"], fraction["upper"]) == bounds


def test_a_peak_of_known_shape_is_still_solved_directly(service: RunningService) -> None:
    shape = {
        name: {"start": start, "fixed": True} for name, start in {"center": 5, "width": 1, "half_width": 1}.items()
    }
    fit = service.fitted({"target": TARGETS[1], "model": {"name": "voigt"}, "parameters": shape})
    assert fit["hyperparameters"]["optimizer"] == "least_squares"


def test_a_variable_with_the_name_of_a_parameter_is_refused(client: httpx.Client) -> None:
    refused = posted(client, {"target": {"x": {"width": X}, "y": BELL}, "model": {"name": "gaussian"}})
    assert pointers(refused) == ["#/model/name"]
    assert "width is a parameter of gaussian" in refused.json()["errors"][0]["detail"]


def test_a_parameter_that_a_model_lacks_is_refused_with_those_it_has(client: httpx.Client) -> None:
    refused = posted(client, {"target": TARGETS[1], "model": {"name": "gaussian"}, "parameters": {"height": 1}})
    assert pointers(refused) == ["#/parameters/height"]
    for parameter in described(client, "gaussian")["parameters"]:
        assert parameter in refused.json()["errors"][0]["detail"]


def test_a_misspelt_name_is_answered_with_the_closest(client: httpx.Client) -> None:
    refused = posted(client, {"target": TARGETS[1], "model": {"name": "Lorenzian"}})
    assert pointers(refused) == ["#/model/name"]
    assert "did you mean lorentzian?" in refused.json()["errors"][0]["detail"]


@pytest.mark.parametrize("name", ["gausian", "GAUSSIAN", "legendre", "__class__", "%00%0d%0a", "%F0%9F%98%80", "a%22b"])
def test_a_model_that_does_not_exist_is_not_found(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/models/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "GET /models" in answer.json()["detail"]


def test_a_long_name_is_not_repeated_whole(client: httpx.Client) -> None:
    answer = client.get("/models/" + "x" * 5000)
    assert answer.status_code == 404
    assert len(answer.content) < 500
