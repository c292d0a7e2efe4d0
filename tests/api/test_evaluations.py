"""Models at start values, over HTTP."""

import math
from typing import Any

import pytest

from tests.helpers.running_service import RunningService

X = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
DECAY = [5.0 * math.exp(-0.5 * x) for x in X]


def evaluated(service: RunningService, body: dict[str, Any]) -> dict[str, Any]:
    answer = service.client.post("/evaluate", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def starts(found: dict[str, Any]) -> dict[str, tuple[float, str]]:
    return {each["name"]: (each["start"], each["source"]) for each in found["parameters"]}


def test_given_start_values_give_a_curve_and_its_sum_of_squares(service: RunningService) -> None:
    found = evaluated(
        service,
        {"model": "a + b*x", "parameters": {"a": 1, "b": 2}, "target": {"x": [0, 1, 3], "y": [1, 2, 7]}, "points": 4},
    )
    assert (found["formula"], found["variable"], found["chisqr"]) == ("a + b*x", "x", 1)
    assert found["curve"] == {"x": [0, 1, 2, 3], "y": [1, 3, 5, 7]}
    assert starts(found) == {"a": (1, "given"), "b": (2, "given")}


def test_without_data_what_is_left_out_is_1_and_ties_follow(service: RunningService) -> None:
    body = {"model": "a*x + b + c", "lower": 0, "upper": 1, "points": 2}
    found = evaluated(service, {**body, "parameters": {"b": {"tied": "3*a"}, "c": {"start": 2, "lower": 0}}})
    assert starts(found) == {"a": (1, "default"), "b": (3, "tied"), "c": (2, "given")}
    assert (found["curve"]["y"], found["chisqr"]) == ([5, 6], None)


def test_an_empty_body_is_the_tutorials_model_at_the_tutorials_start(service: RunningService) -> None:
    found = evaluated(service, {})
    assert starts(found)["d"] == (0.3, "given")
    assert found["curve"]["x"][::299] == [-math.pi, math.pi]


@pytest.mark.parametrize("model", ["a*exp(-b*x)", "exponential_decay", "c0 + c1*x + c2*x^2"])
@pytest.mark.parametrize("parameters", [{}, "auto"])
def test_with_data_what_is_left_out_is_found(service: RunningService, model: str, parameters: Any) -> None:
    found = evaluated(service, {"model": model, "parameters": parameters, "target": {"x": X, "y": DECAY}})
    assert {source for _, source in starts(found).values()} == {"found"}
    assert found["chisqr"] < 0.5


def test_the_others_stay_as_they_are_given(service: RunningService) -> None:
    found = evaluated(service, {"model": "a*exp(-b*x)", "parameters": {"b": 0.4}, "target": {"x": X, "y": DECAY}})
    assert starts(found)["b"] == (0.4, "given")
    assert starts(found)["a"][1] == "found"


def test_the_degree_of_a_series_is_chosen_where_there_are_data(service: RunningService) -> None:
    target = {"x": [*range(12)], "y": [3 + 2 * x + 0.1 * (-1) ** x for x in range(12)]}
    found = evaluated(service, {"model": {"series": "legendre", "degree": "auto"}, "target": target})
    assert found["formula"].startswith("c0 + c1")


def test_a_target_may_be_a_function(service: RunningService) -> None:
    found = evaluated(service, {"model": "a*x", "parameters": {"a": 0.5}, "target": {"function": "sin", "points": 50}})
    assert (found["curve"]["x"][0], len(found["curve"]["x"])) == (-math.pi, 300)
    assert found["chisqr"] > 1


def test_what_is_not_finite_is_null_on_a_logarithmic_axis_too(service: RunningService) -> None:
    body = {"model": "log(a - x)", "parameters": {"a": 5}, "lower": 1, "upper": 100, "points": 3, "logarithmic": True}
    curve = evaluated(service, body)["curve"]
    assert curve["x"] == pytest.approx([1, 10, 100])
    assert curve["y"][1:] == [None, None]


def test_one_of_many_curves_is_looked_at(service: RunningService) -> None:
    body = {"model": "a*x", "parameters": {"a": 1}, "target": {"x": [1, 2], "y": [[1, 2], [2, 4]]}}
    assert [evaluated(service, {**body, "curve": curve})["chisqr"] for curve in (0, 1)] == [0, 5]


def test_large_data_and_files_are_taken_as_a_fit_takes_them(service: RunningService) -> None:
    x = [0.001 * k for k in range(20_000)]
    body = {"model": "a*x", "parameters": {"a": 1}, "target": {"x": x, "y": [2 * value for value in x]}}
    assert evaluated(service, body)["chisqr"] == pytest.approx(sum(value**2 for value in x))
    file = {"data": ("a.csv", "dose,answer\n1,2\n2,4\n")}
    request = '{"model": "a*x", "parameters": {"a": 1}, "target": {"x": "dose", "y": "answer"}}'
    answer = service.client.post("/evaluate", files=file, data={"fit": request})
    assert (answer.status_code, answer.json()["chisqr"]) == (200, 5)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"model": "a*x", "upper": 0}, "#/lower"),
        ({"model": "a*x", "lower": 0}, "#/upper"),
        ({"model": "a*x", "logarithmic": True}, "#/lower"),
        ({"model": "a*x", "lower": 1, "upper": 0}, "#/upper"),
        ({"model": "a*x", "lower": 0, "upper": 1, "logarithmic": True}, "#/lower"),
        ({"model": "a*x +", "lower": 0, "upper": 1}, "#/model"),
        ({"model": "a*x", "lower": 0, "upper": 1, "parameters": {"b": 1}}, "#/parameters/b"),
        ({"model": "a*x", "lower": 9, "target": {"x": [1, 2], "y": [1, 2]}}, "#/lower"),
        ({"model": "a*x", "target": {"x": [-1, 0], "y": [1, 2]}, "logarithmic": True}, "#/logarithmic"),
        ({"model": "a*x", "target": {"x": [1, 2], "y": [1, 2]}, "curve": 1}, "#/curve"),
        ({"model": "a*u", "target": {"x": {"u": [1, 2], "v": [1, 2]}, "y": [1, 2]}}, "#/target/x"),
    ],
)
def test_what_is_wrong_is_named(service: RunningService, body: dict[str, Any], pointer: str) -> None:
    answer = service.client.post("/evaluate", json=body)
    assert answer.status_code == 422, answer.text
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
