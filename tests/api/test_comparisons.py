"""Fits compared over HTTP."""

from typing import Any

import pytest

from tests.helpers.running_service import RunningService

X = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]
Y = [3.02, 2.39, 1.93, 1.58, 1.29, 0.81, 0.61, 0.42]


@pytest.fixture(scope="module")
def ids(service: RunningService) -> list[str]:
    models = ("a * exp(-b * x)", "a * exp(-b * x) + c", "a + b * x")
    return [service.fitted({"target": {"x": X, "y": Y}, "model": model})["id"] for model in models]


def test_fits_are_ranked_and_tested(service: RunningService, ids: list[str]) -> None:
    answer = service.client.post("/compare", json={"fits": ids})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["object"], found["best"]) == ("comparison", ids[0])
    assert sum(fit["weight"] for fit in found["fits"]) == pytest.approx(1)
    assert [(test["smaller"], test["larger"]) for test in found["tests"]] == [(ids[0], ids[1])]
    assert (found["curves"], found["has_more"]) == (None, False)


def test_many_curves_are_compared_in_a_process_of_their_own(service: RunningService) -> None:
    target = {"x": X, "y": [[y * (1 + 0.001 * curve) for y in Y] for curve in range(2000)]}
    fits = [service.fitted({"target": target, "model": model})["id"] for model in ("a + b * x", "a + b * x + c * x^2")]
    found = service.client.post("/compare", json={"fits": fits, "limit": 5}).json()
    assert (len(found["curves"]), found["has_more"], found["last_curve"]) == (5, True, 4)
    assert [fit["ndata"] for fit in found["fits"]] == [16_000, 16_000]
    assert [curve["best"] for curve in found["curves"]] == [fits[1]] * 5


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/fits"),
        ({"fits": ["fit_1"]}, "#/fits"),
        ({"fits": ["fit_1", "fit_1"]}, "#/fits/1"),
        ({"fits": ["fit_1", "fit_2"], "nested": [["fit_1", "fit_3"]]}, "#/nested/0/1"),
        ({"fits": ["fit_1", "fit_2"], "nested": 1}, "#/nested"),
        ({"fits": ["fit_1", "fit_2"], "criterion": "cp"}, "#/criterion"),
    ],
)
def test_what_is_wrong_is_named(service: RunningService, body: dict[str, Any], pointer: str) -> None:
    answer = service.client.post("/compare", json=body)
    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


def test_other_data_and_fits_that_are_not_there_are_refused(service: RunningService, ids: list[str]) -> None:
    other = service.fitted({"target": {"x": X, "y": Y[::-1]}, "model": "a + b * x"})["id"]
    answer = service.client.post("/compare", json={"fits": [ids[0], other]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/fits/1")
    assert service.client.post("/compare", json={"fits": [ids[0], "fit_0"]}).status_code == 404
    failed = service.fitted({"target": {"x": X, "y": Y}, "model": "sqrt(a - 5) * x", "parameters": {"a": 1}})["id"]
    assert service.client.post("/compare", json={"fits": [ids[0], failed]}).status_code == 409
