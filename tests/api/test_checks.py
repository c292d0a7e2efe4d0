"""Models looked at before they are fitted, over HTTP."""

from typing import Any

import pytest

from tests.helpers.running_service import RunningService


def checked(service: RunningService, model: Any, **others: Any) -> dict[str, Any]:
    answer = service.client.post("/check", json={"model": model, **others})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_formula_is_told_with_its_parameters_and_how_it_is_written(service: RunningService) -> None:
    found = checked(service, "a * exp(-x / tau)", parameters={"a": {"start": 2, "lower": 0}})
    assert [(each["name"], each["start"], each["lower"]) for each in found["parameters"]] == [
        ("a", 2, 0),
        ("tau", None, None),
    ]
    assert (found["formula"], found["variables"], found["is_linear"]) == ("a * exp(-x / tau)", ["x"], False)
    assert r"\tau" in found["latex"]
    assert found["mathml"].startswith('<math xmlns="http://www.w3.org/1998/Math/MathML"')


def test_a_model_of_the_library_has_its_meanings_and_natural_bounds(service: RunningService) -> None:
    found = checked(service, "gaussian + linear")
    assert "Gaussian" in found["description"]
    assert all(each["meaning"] for each in found["parameters"])
    assert {each["name"]: each["lower"] for each in checked(service, "pseudo_voigt")["parameters"]}["fraction"] == 0


def test_a_series_is_written_in_the_scaled_x_as_long_as_there_are_no_data(service: RunningService) -> None:
    assert checked(service, {"series": "legendre", "degree": 1})["formula"] == "c0 + c1*P1(u)"
    assert "u" not in checked(service, {"series": "legendre", "degree": 1, "domain": [0, 2]})["formula"]
    chosen = checked(service, {"series": "fourier", "degree": "auto"})
    assert (chosen["formula"], chosen["mathml"], chosen["parameters"]) == (None, None, [])
    assert "aicc" in chosen["description"]


def test_a_variable_that_the_model_does_not_use_is_warned_of(service: RunningService) -> None:
    assert checked(service, "a + b*t", variables=["t", "u"])["warnings"] == ["the model does not use u"]


@pytest.mark.parametrize(
    ("model", "position"),
    [("a + b * ", 8), ("a + 2x", 5), ("a + sim(x)", 4), ("a*e*x", 2), ("a * (x", 4), ("a + b*t", None)],
)
def test_what_a_fit_refuses_is_refused_in_the_same_words_with_the_place_in_the_formula(
    service: RunningService, model: str, position: int | None
) -> None:
    answers = [service.client.post(path, json={"model": model}) for path in ("/check", "/fit")]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()
    (error,) = answers[0].json()["errors"]
    assert (error["pointer"], error.get("position")) == ("#/model", position)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/model"),
        ({"model": "a*x", "parameters": {"b": 1}}, "#/parameters/b"),
        ({"model": "a*x + b", "parameters": {"b": {"tied": "2 *"}}}, "#/parameters/b/tied"),
        ({"model": "a*x", "variables": ["x", "x"]}, "#/variables"),
        ({"model": {"name": "gaussian", "width": 3}}, "#/model/width"),
        ({"model": {"name": "nonsense"}}, "#/model/name"),
    ],
)
def test_what_is_wrong_is_named(service: RunningService, body: dict[str, Any], pointer: str) -> None:
    answer = service.client.post("/check", json=body)
    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
