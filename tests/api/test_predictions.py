"""The fitted model at other points, over HTTP."""

from typing import Any

import pytest

from tests.helpers.running_service import RunningService

X, Y = [1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 1.9, 3.2, 3.8, 5.1]


@pytest.fixture(scope="module")
def line(service: RunningService) -> dict[str, Any]:
    return service.fitted({"target": {"x": X, "y": Y}, "model": "intercept + slope * x"})


def predicted(service: RunningService, fit: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    answer = service.client.post(fit["urls"]["predict"], json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_bands_of_a_straight_line_are_those_of_the_textbook(service: RunningService, line: dict[str, Any]) -> None:
    """t(0.975, 3) = 3.182446305; variance of the mean at x: s^2 (1/n + (x - mean)^2 / Sxx)."""
    found = predicted(service, line, {"x": [2.5]})
    result = line["result"]
    value = result["coefficients"]["intercept"] + 2.5 * result["coefficients"]["slope"]
    variance = result["statistics"]["redchi"]
    confidence = 3.182446305284263 * (variance * (1 / 5 + 0.25 / 10)) ** 0.5
    prediction = 3.182446305284263 * (variance * (1 + 1 / 5 + 0.25 / 10)) ** 0.5
    assert found["values"] == pytest.approx([value])
    assert found["confidence"]["upper"] == pytest.approx([value + confidence])
    assert found["confidence"]["lower"] == pytest.approx([value - confidence])
    assert found["prediction"]["upper"] == pytest.approx([value + prediction])


def test_a_higher_level_widens_the_bands(service: RunningService, line: dict[str, Any]) -> None:
    narrow, wide = (predicted(service, line, {"x": [2.5], "level": level}) for level in (0.5, 0.99))
    assert wide["confidence"]["upper"][0] > narrow["confidence"]["upper"][0]


def test_a_standard_deviation_widens_the_prediction_alone(service: RunningService, line: dict[str, Any]) -> None:
    plain, noisy = (predicted(service, line, {"x": [2.5], **more}) for more in ({}, {"sigma": [3.0]}))
    assert noisy["prediction"]["upper"][0] > plain["prediction"]["upper"][0]
    assert noisy["confidence"] == plain["confidence"]


def test_without_x_it_predicts_at_the_points_of_the_fit_and_tells_the_residuals(
    service: RunningService, line: dict[str, Any]
) -> None:
    found = predicted(service, line, {})
    coefficients = line["result"]["coefficients"]
    values = [coefficients["intercept"] + coefficients["slope"] * x for x in X]
    assert found["values"] == pytest.approx(values)
    assert found["residuals"] == pytest.approx([y - value for y, value in zip(Y, values, strict=True)])
    assert predicted(service, line, {"x": X}) == found | {"residuals": None}


def test_points_of_the_fit_have_their_own_standard_deviation(service: RunningService) -> None:
    sigma = [0.1, 0.1, 0.2, 0.2, 0.3]
    target = {"x": X, "y": Y, "sigma": sigma, "sigma_absolute": True}
    fit = service.fitted({"target": target, "model": "intercept + slope * x"})
    assert predicted(service, fit, {}) == predicted(service, fit, {"sigma": sigma})
    found = predicted(service, fit, {})
    half = found["prediction"]["upper"][4] - found["values"][4]
    assert half == pytest.approx(1.959963985 * (found["stderr"][4] ** 2 + 0.3**2) ** 0.5)


def test_a_point_of_weight_0_has_a_residual_and_no_limits(service: RunningService) -> None:
    target = {"x": X, "y": [*Y[:4], 99], "weights": [1, 1, 1, 1, 0]}
    found = predicted(service, service.fitted({"target": target, "model": "a + b * x"}), {})
    assert found["residuals"][4] == pytest.approx(99 - found["values"][4])
    assert found["prediction"]["upper"][4] is None
    assert found["confidence"]["upper"][4] is not None


def test_counts_scatter_as_much_as_they_are(service: RunningService) -> None:
    target = {"x": X, "y": [90, 110, 95, 105, 100]}
    fit = service.fitted({"target": target, "model": "m + 0 * x", "loss": "poisson"})
    found = predicted(service, fit, {"x": [1]})
    assert found["values"] == pytest.approx([100])
    assert found["stderr"] == pytest.approx([(100 / 5) ** 0.5])
    assert found["prediction"]["upper"] == pytest.approx([100 + 1.959963985 * (100 + 20) ** 0.5])


def test_one_of_many_curves_is_predicted_like_the_curve_alone(service: RunningService) -> None:
    other = [5.0, 4.1, 2.9, 2.2, 0.8]
    fit = service.fitted({"target": {"x": X, "y": [Y, other]}, "model": "a + b * x"})
    alone = service.fitted({"target": {"x": X, "y": other}, "model": "a + b * x"})
    found, expected = predicted(service, fit, {"curve": 1}), predicted(service, alone, {})
    assert found["values"] == pytest.approx(expected["values"])
    assert found["residuals"] == pytest.approx(expected["residuals"])
    assert found["confidence"]["lower"] == pytest.approx(expected["confidence"]["lower"])


def test_all_curves_are_predicted_at_once_page_by_page(service: RunningService) -> None:
    target = {"x": [1.0, 2.0, 3.0, 4.0], "y": [[1.0, 2.1, 2.9, 4.2], [2.1, 3.9, 6.2, 7.9]], "labels": ["A1", "A2"]}
    fit = service.fitted({"target": target, "model": "a + b * x"})
    first = predicted(service, fit, {"x": [0, 10], "curves": "all", "limit": 1})
    assert ([row["label"] for row in first["data"]], first["has_more"], first["last_curve"]) == (["A1"], True, 0)
    second = predicted(service, fit, {"x": [0, 10], "curves": "all", "after": 0})
    alone = predicted(service, fit, {"x": [0, 10], "label": "A2"})
    assert second["data"][0]["values"] == pytest.approx(alone["values"])
    assert second["has_more"] is False


def test_several_variables_are_given_by_name(service: RunningService) -> None:
    target = {"x": {"u": [0, 1, 0, 1, 2], "v": [0, 0, 1, 1, 1]}, "y": [1, 3, 4, 6, 8]}
    fit = service.fitted({"target": target, "model": {"name": "linear"}})
    assert predicted(service, fit, {"x": {"u": [10], "v": [10]}})["values"] == pytest.approx([51])


def test_where_the_model_has_no_value_there_is_null(service: RunningService) -> None:
    fit = service.fitted({"target": {"x": X, "y": Y}, "model": "a + b * log(x)"})
    found = predicted(service, fit, {"x": [-1.0, 1.0]})
    assert found["values"][0] is None
    assert found["confidence"]["lower"][0] is None
    assert found["values"][1] is not None


def test_without_a_covariance_there_are_values_and_a_word(service: RunningService) -> None:
    fit = service.fitted({"target": {"x": [1, 2], "y": [1, 3]}, "model": "a + b * x"})
    found = predicted(service, fit, {"x": [3]})
    assert found["values"] == pytest.approx([5])
    assert (found["confidence"], found["prediction"]) == (None, None)
    assert "no covariance" in found["message"]


def test_a_transformed_response_is_named(service: RunningService) -> None:
    fit = service.fitted({"target": {"x": X, "y": Y, "response": "log(y)"}, "model": "a + b * x"})
    assert predicted(service, fit, {"x": [1]})["response"] == "log(y)"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"x": []}, "#/x"),
        ({"x": 1}, "#/x"),
        ({"x": [1, "2"]}, "#/x/1"),
        ({"x": {"x": []}}, "#/x/x"),
        ({"x": {"u": [1]}}, "#/x/u"),
        ({"x": {"x": [1], "u": [1]}}, "#/x/u"),
        ({"x": [0.5] * 100_001}, "#/x"),
        ({"x": [1], "sigma": [1, 2]}, "#/sigma"),
        ({"x": [1], "level": 1}, "#/level"),
        ({"x": [1], "curve": 0}, "#/curve"),
        ({"x": [1], "curves": [0]}, "#/curves"),
        ({"x": [1], "curves": "some"}, "#/curves"),
        ({"x": [1], "curves": "all", "curve": 0}, "#/curves"),
        ({"curves": "all", "sigma": [1]}, "#/sigma"),
        ({"x": [1], "curve": 0, "label": "A1"}, "#/label"),
    ],
)
def test_what_is_wrong_is_named(
    service: RunningService, line: dict[str, Any], body: dict[str, Any], pointer: str
) -> None:
    answer = service.client.post(line["urls"]["predict"], json=body)
    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.json()["errors"]}


def test_a_fit_that_failed_at_its_start_has_no_prediction(service: RunningService) -> None:
    fit = service.fitted({"target": {"x": X, "y": Y}, "model": "sqrt(a - 5) * x", "parameters": {"a": 1}})
    assert service.client.post(fit["urls"]["predict"], json={"x": [1]}).status_code == 409
