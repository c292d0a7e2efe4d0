"""Derived quantities over HTTP."""

from typing import Any

import pytest

from tests.helpers.running_service import RunningService

X = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0]
Y = [0.02, 0.06, 0.17, 0.41, 0.72, 0.88, 0.98]
DOSE: dict[str, Any] = {
    "model": "top / (1 + (ec50 / x)^hill)",
    "parameters": {"top": 1.0, "ec50": 3.0, "hill": 1.0},
}


@pytest.fixture(scope="module")
def fit(service: RunningService) -> dict[str, Any]:
    return service.fitted({"target": {"x": X, "y": Y}, **DOSE})


def test_an_ec90_has_a_standard_error_and_an_interval(service: RunningService, fit: dict[str, Any]) -> None:
    answer = service.client.post(fit["urls"]["derive"], json={"quantities": {"ec90": "ec50 * 9^(1/hill)"}})
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["data"]
    ec90, coefficients = row["quantities"]["ec90"], fit["result"]["coefficients"]
    assert ec90["value"] == pytest.approx(coefficients["ec50"] * 9 ** (1 / coefficients["hill"]))
    assert ec90["lower"] < ec90["value"] < ec90["upper"]
    assert row["covar"] == [[pytest.approx(ec90["stderr"] ** 2)]]


def test_many_curves_are_worked_out_in_a_process_of_their_own(service: RunningService) -> None:
    curves = [[y * (1 + 0.001 * curve) for y in Y] for curve in range(400)]
    fit = service.fitted({"target": {"x": X, "y": curves}, **DOSE})
    body = {"quantities": {"ec90": "ec50 * 9^(1/hill)", "area": {"integral": [0, 100]}}, "limit": 300}
    page = service.client.post(fit["urls"]["derive"], json=body).json()
    assert (len(page["data"]), page["has_more"], page["last_curve"]) == (300, True, 299)
    values = [row["quantities"]["ec90"]["value"] for row in page["data"]]
    assert values == pytest.approx([values[0]] * 300, rel=1e-6)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/quantities"),
        ({"quantities": {"q": "ec50 + ed50"}}, "#/quantities/q"),
        ({"quantities": {"q": "ec50 +"}}, "#/quantities/q"),
        ({"quantities": {"q": {"integral": [1, 0]}}}, "#/quantities/q/integral"),
        ({"quantities": {"q": ["ec50"]}}, "#/quantities/q"),
        ({"quantities": {"q": "ec50"}, "curves": [0]}, "#/curves"),
    ],
)
def test_what_is_wrong_is_named(
    service: RunningService, fit: dict[str, Any], body: dict[str, Any], pointer: str
) -> None:
    answer = service.client.post(fit["urls"]["derive"], json=body)
    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}
