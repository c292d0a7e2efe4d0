"""Inverse prediction over HTTP."""

from typing import Any

import pytest

from tests.helpers.published_calibrations import ARSENIC, LOG_LOGISTIC, LOG_LOGISTIC_START, NASTURTIUM
from tests.helpers.running_service import RunningService


@pytest.fixture(scope="module")
def line(service: RunningService) -> dict[str, Any]:
    return service.fitted({"target": ARSENIC, "model": "a + b * x"})


def asked(service: RunningService, fit: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    answer = service.client.post(fit["urls"]["inverse"], json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_limits_of_a_straight_line_are_those_that_investr_publishes(
    service: RunningService, line: dict[str, Any]
) -> None:
    found = asked(service, line, {"y": [3], "level": 0.9})
    (estimate,) = found["data"]
    assert (estimate["x"], estimate["lower"], estimate["upper"]) == pytest.approx((2.9314, 2.6035, 3.2587), abs=5e-5)
    assert (found["object"], found["fit"], found["interval"]) == ("inverse", line["id"], "fieller")


def test_a_plate_of_unknowns_is_read_from_its_standard_curve(service: RunningService) -> None:
    """Many unknowns are worked out in a process beside the service's own."""
    fit = service.fitted({"target": NASTURTIUM, "model": LOG_LOGISTIC, "parameters": LOG_LOGISTIC_START})
    found = asked(service, fit, {"y": [[309, 296, 419], 950, *([300] * 94)]})
    first, beyond, *others = found["data"]
    assert first["x"] == pytest.approx(2.2639, abs=5e-5)
    assert beyond["x"] is None
    assert "goes from 198.797 to 897.863" in beyond["message"]
    assert len(others) == 94
    assert all(other == others[0] for other in others)


def test_a_profile_is_followed_in_a_process_of_its_own(service: RunningService, line: dict[str, Any]) -> None:
    found = asked(service, line, {"y": [3], "level": 0.9, "interval": "profile"})
    assert found["data"][0]["upper"] == pytest.approx(3.2586579409246825, rel=1e-8)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/y"),
        ({"y": ["3"]}, "#/y/0"),
        ({"y": [3, [1, None]]}, "#/y/1/1"),
        ({"y": [3], "sigma": [1, 2]}, "#/sigma"),
        ({"y": [3], "range": [1, 1]}, "#/range"),
        ({"y": [3], "curve": 0}, "#/curve"),
        ({"y": [3], "at": {"z": 1}}, "#/at/z"),
        ({"y": [3], "variable": "z"}, "#/variable"),
    ],
)
def test_what_is_wrong_is_named(
    service: RunningService, line: dict[str, Any], body: dict[str, Any], pointer: str
) -> None:
    answer = service.client.post(line["urls"]["inverse"], json=body)
    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


def test_a_body_that_is_too_large_is_refused(service: RunningService, line: dict[str, Any]) -> None:
    answer = service.client.post(line["urls"]["inverse"], json={"y": [[0.5] * 1000] * 100})
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


def test_a_fit_without_coefficients_has_no_x(service: RunningService) -> None:
    fit = service.fitted(
        {"target": {"x": [1, 2, 3], "y": [1, 2, 3]}, "model": "sqrt(a - 5) * x", "parameters": {"a": 1}}
    )
    assert service.client.post(fit["urls"]["inverse"], json={"y": [1]}).status_code == 409
