"""Posting, reading, listing, cancelling and deleting fits over HTTP."""

import math
from collections.abc import Callable
from statistics import linear_regression

import httpx
import pytest

from app.schemas.response import Fit, FitPage, History
from tests.helpers.running_service import ENDLESS, RunningService

SHORT = {"target": {"points": 10}, "hyperparameters": {"optimizer": "gradient_descent", "steps": 5}}


def test_an_accepted_fit_says_where_to_look(client: httpx.Client) -> None:
    response = client.post("/fit", json=SHORT)
    fit = response.json()
    assert response.status_code == 202
    assert response.headers["Location"] == fit["urls"]["self"] == f"/fit/{fit['id']}"
    assert (fit["object"], fit["result"], fit["error"]) == ("fit", None, None)
    assert client.get(fit["urls"]["self"]).json()["id"] == fit["id"]


def test_a_finished_fit_has_the_shape_that_openapi_promises(service: RunningService) -> None:
    fit = service.fitted(SHORT)
    assert Fit.model_validate(fit).result is not None
    assert FitPage.model_validate(service.client.get("/fit").json()).data
    assert History.model_validate(service.client.get(fit["urls"]["history"]).json()).total_points == 6


def test_measured_data_come_back_with_the_fit(service: RunningService) -> None:
    target = {"x": [0.0, 1.0, 2.0], "y": [1.0, 3.0, 5.0]}
    body = {"target": target, "model": "a + b * x", "hyperparameters": {"learning_rate": 0.05, "steps": 500}}
    fit = service.fitted(body)
    assert fit["target"] == target | {
        "sigma": None,
        "sigma_absolute": False,
        "weights": None,
        "response": None,
        "labels": None,
        "missing": "refuse",
        "reading": None,
    }
    assert fit["result"]["coefficients"] == pytest.approx({"a": 1, "b": 2}, abs=1e-3)
    assert service.get(fit["id"])["target"] == fit["target"]


def test_a_model_of_several_predictor_variables(service: RunningService) -> None:
    x = {"width": [1.0, 2.0, 3.0, 4.0], "depth": [2.0, 1.0, 5.0, 3.0]}
    y = [1 + 2 * w - 3 * d for w, d in zip(*x.values(), strict=True)]
    fit = service.fitted({"target": {"x": x, "y": y}, "model": "a + b * width + c * depth"})
    assert fit["target"]["x"] == x
    assert fit["result"]["coefficients"] == pytest.approx({"a": 1, "b": 2, "c": -3}, rel=1e-12)


def mean_of(service: RunningService, y: list[float], **weighting: object) -> tuple[float, dict]:
    """Coefficient and statistics of a constant fitted to y."""
    target = {"x": [0] * len(y), "y": y} | weighting
    result = service.fitted({"target": target, "model": "mean + 0 * x"})["result"]
    return result["coefficients"]["mean"], result["statistics"]


def test_absolute_sigma_alone_gives_the_standard_error(service: RunningService) -> None:
    mean, found = mean_of(service, [1, 2, 4], sigma=[1, 1, 2], sigma_absolute=True)
    assert mean == pytest.approx((1 + 2 + 4 / 4) / 2.25, rel=1e-12)
    assert found["stderr"]["mean"] == pytest.approx(2.25**-0.5, rel=1e-12)


def test_relative_sigma_gives_the_same_standard_error_in_any_unit(service: RunningService) -> None:
    mean, found = mean_of(service, [1, 2, 4], sigma=[1, 1, 2])
    chisqr = (1 - mean) ** 2 + (2 - mean) ** 2 + (4 - mean) ** 2 / 4
    assert found["chisqr"] == pytest.approx(chisqr, rel=1e-12)
    assert found["stderr"]["mean"] == pytest.approx((chisqr / 2 / 2.25) ** 0.5, rel=1e-12)
    other_mean, other = mean_of(service, [1, 2, 4], sigma=[1000, 1000, 2000])
    assert other_mean == pytest.approx(mean, rel=1e-12)
    assert other["stderr"]["mean"] == pytest.approx(found["stderr"]["mean"], rel=1e-12)


def test_weights_are_factors_of_the_squared_residuals(service: RunningService) -> None:
    by_weights = mean_of(service, [1, 2, 4, 100], weights=[1, 1, 0.25, 0])
    assert by_weights[0] == pytest.approx((1 + 2 + 4 / 4) / 2.25, rel=1e-12)


def test_a_transformed_response(service: RunningService) -> None:
    target = {"x": [1, 2, 3], "y": [math.exp(3), math.exp(5), math.exp(7)], "response": "log(y)"}
    fit = service.fitted({"target": target, "model": "a + b * x"})
    assert fit["target"]["response"] == "log(y)"
    assert fit["result"]["coefficients"] == pytest.approx({"a": 1, "b": 2}, rel=1e-12)


def test_a_list_of_fits_leaves_data_and_histories_out(service: RunningService) -> None:
    fit = service.fitted({"target": {"x": [0, 1], "y": [0, 1]}, "hyperparameters": {"optimizer": "adam", "steps": 1}})
    listed = next(row for row in service.client.get("/fit").json()["data"] if row["id"] == fit["id"])
    assert listed["target"] == {"points": 2, "curves": None, "missing": "refuse", "reading": None}
    assert listed["result"]["loss_history"] is None
    assert listed["result"]["coefficients"] == fit["result"]["coefficients"]


def test_a_parameter_that_is_left_out_starts_at_one(service: RunningService) -> None:
    body = {"model": "a + b * x", "parameters": {"a": {"start": 3}}, "hyperparameters": {"steps": 1}}
    free = {"fixed": False, "lower": None, "upper": None, "tied": None, "shared": False}
    assert service.post(body)["parameters"] == {"a": {"start": 3} | free, "b": {"start": 1} | free}


def test_a_fixed_parameter_stays_and_has_no_standard_error(service: RunningService) -> None:
    body = {
        "target": {"x": [1, 2, 3, 4], "y": [3.1, 4.9, 7.2, 8.8]},
        "model": "a + b * x",
        "parameters": {"a": {"start": 1, "fixed": True}},
    }
    result = service.fitted(body)["result"]
    slope = (1 * 2.1 + 2 * 3.9 + 3 * 6.2 + 4 * 7.8) / 30
    assert result["coefficients"] == {"a": 1, "b": pytest.approx(slope, rel=1e-12)}
    assert result["statistics"]["stderr"]["a"] is None
    assert (result["statistics"]["var_names"], result["statistics"]["nfree"]) == (["b"], 3)
    assert result["statistics"]["stderr"]["b"] == pytest.approx((result["statistics"]["redchi"] / 30) ** 0.5, rel=1e-12)


@pytest.mark.parametrize(
    "hyperparameters", [{}, {"learning_rate": 0.01, "steps": 500}, {"optimizer": "adam", "learning_rate": 0.1}]
)
def test_a_parameter_stays_within_its_bounds(service: RunningService, hyperparameters: dict) -> None:
    body = {
        "target": {"x": [1, 2, 3, 4], "y": [3.1, 4.9, 7.2, 8.8]},
        "model": "a + b * x",
        "parameters": {"a": {"lower": 2, "upper": 5}, "b": {"upper": 100}},
        "hyperparameters": hyperparameters,
    }
    fit = service.fitted(body)
    result = fit["result"]
    slope = (1 * 1.1 + 2 * 2.9 + 3 * 5.2 + 4 * 6.8) / 30
    assert fit["parameters"]["a"]["start"] == 2
    assert result["coefficients"] == {"a": 2, "b": pytest.approx(slope, rel=1e-6)}
    assert "a is at its bound" in result["statistics"]["warnings"][0]
    assert (result["statistics"]["stderr"]["a"], result["statistics"]["var_names"]) == (None, ["b"])


def test_a_tied_parameter_follows_its_formula_with_its_standard_error(service: RunningService) -> None:
    body = {
        "target": {"x": [1, 2, 3, 4], "y": [3.1, 4.9, 7.2, 8.8]},
        "model": "a + b * x",
        "parameters": {"b": {"tied": "2 * a"}},
    }
    fit = service.fitted(body)
    result = fit["result"]
    assert (fit["parameters"]["b"]["start"], fit["parameters"]["b"]["tied"]) == (None, "2 * a")
    assert result["coefficients"]["b"] == pytest.approx(2 * result["coefficients"]["a"], rel=1e-15)
    assert result["coefficients"]["a"] == pytest.approx((3 * 3.1 + 5 * 4.9 + 7 * 7.2 + 9 * 8.8) / 164, rel=1e-12)
    errors = result["statistics"]["stderr"]
    assert errors["b"] == pytest.approx(2 * errors["a"], rel=1e-12)


def test_a_parameter_of_the_tutorials_model_that_is_left_out_starts_as_in_the_tutorial(
    service: RunningService,
) -> None:
    fit = service.post({"parameters": {"b": -2}, "hyperparameters": {"steps": 1}})
    assert {name: parameter["start"] for name, parameter in fit["parameters"].items()} == {
        "a": 0, "b": -2, "c": 0, "d": 0.3,
    }  # fmt: skip


def test_a_target_may_be_a_formula(service: RunningService) -> None:
    body = {
        "target": {"function": "2 + 3*x^2", "domain": [-1, 1], "points": 50},
        "model": "a + b * x**2",
        "hyperparameters": {"learning_rate": 0.01, "steps": 2000},
    }
    assert service.fitted(body)["result"]["coefficients"] == pytest.approx({"a": 2, "b": 3}, abs=1e-6)


def test_an_optimizer_left_to_the_service_is_named_in_the_answer(service: RunningService) -> None:
    tutorial = service.post({"hyperparameters": {"steps": 3}})
    other = service.post({"model": "a * exp(b * x)", "hyperparameters": {"optimizer": "auto", "steps": 3}})
    linear = service.post({"model": "a + b * x", "hyperparameters": {"optimizer": "auto", "steps": 3}})
    meant = service.post({"model": "a + b * x", "hyperparameters": {"momentum": 0.5, "steps": 3}})
    assert tutorial["hyperparameters"] == {
        "optimizer": "gradient_descent", "learning_rate": 5e-6, "momentum": 0, "nesterov": False, "steps": 3,
        "max_seconds": None, "compression": True,
    }  # fmt: skip
    assert other["hyperparameters"] == {"optimizer": "levenberg_marquardt", "steps": 3, "max_seconds": None}
    assert linear["hyperparameters"] == {"optimizer": "least_squares", "steps": 1, "max_seconds": None}
    assert meant["hyperparameters"]["optimizer"] == "gradient_descent"


def test_a_straight_line_has_the_standard_errors_of_the_textbook(service: RunningService) -> None:
    x, y = [1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 1.9, 3.2, 3.8, 5.1]
    fit = service.fitted({"target": {"x": x, "y": y}, "model": "intercept + slope * x"})
    slope, intercept = linear_regression(x, y)
    found = fit["result"]["statistics"]
    chisqr = sum((b - intercept - slope * a) ** 2 for a, b in zip(x, y, strict=True))
    assert (fit["status"], fit["reason"]) == ("succeeded", "converged")
    assert fit["result"]["coefficients"] == pytest.approx({"intercept": intercept, "slope": slope}, rel=1e-12)
    assert found["redchi"] == pytest.approx(chisqr / 3, rel=1e-12)
    assert found["stderr"]["slope"] == pytest.approx((chisqr / 3 / 10) ** 0.5, rel=1e-12)
    assert found["stderr"]["intercept"] == pytest.approx((chisqr / 3 * (1 / 5 + 9 / 10)) ** 0.5, rel=1e-12)
    assert found["warnings"] == []


def test_a_fit_that_was_not_trained_to_its_end_says_so_in_its_statistics(service: RunningService) -> None:
    warnings = service.fitted({})["result"]["statistics"]["warnings"]
    assert any("not at the minimum" in warning for warning in warnings)


def test_residuals_that_follow_each_other_are_told(service: RunningService) -> None:
    """What a cubic leaves of a sine is no noise."""
    warnings = service.fitted({})["result"]["statistics"]["warnings"]
    assert any("far from white" in warning for warning in warnings)


def test_adam_fits_too(service: RunningService) -> None:
    body = {
        "target": {"x": [0, 1, 2, 3], "y": [1, 3, 5, 7]},
        "model": "a + b * x",
        "hyperparameters": {"optimizer": "adam", "learning_rate": 0.05, "steps": 3000},
    }
    fit = service.fitted(body)
    assert fit["hyperparameters"] == {
        "optimizer": "adam", "learning_rate": 0.05, "steps": 3000, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8,
        "max_seconds": None, "compression": True,
    }  # fmt: skip
    assert fit["result"]["coefficients"] == pytest.approx({"a": 1, "b": 2}, abs=1e-4)


def test_a_diverging_fit_fails_with_step_and_last_finite_coefficients(service: RunningService) -> None:
    fit = service.fitted({"hyperparameters": {"learning_rate": 1.0}})
    assert (fit["status"], fit["reason"], fit["error"]["code"]) == ("failed", "diverged", "diverged")
    assert fit["error"]["step"] == fit["result"]["steps"] + 1
    assert fit["error"]["field"] == "hyperparameters.learning_rate"
    assert fit["result"]["final_loss"] == fit["result"]["loss_history"][-1]["loss"]
    assert set(fit["result"]["coefficients"]) == {"a", "b", "c", "d"}


def test_a_fit_whose_start_has_no_loss_fails_without_a_result(service: RunningService) -> None:
    body = {"model": "log(a) + b * x", "parameters": {"a": -1}}
    fit = service.fitted(body)
    assert (fit["status"], fit["reason"], fit["result"]) == ("failed", "nonfinite", None)
    assert service.losses(fit["id"]) == []


def test_a_fit_lists_under_its_labels(service: RunningService) -> None:
    fit = service.post(SHORT | {"metadata": {"plate": "labelled", "well": "A1"}})
    service.post(SHORT | {"metadata": {"plate": "labelled", "well": "A2"}})
    params = {"metadata[plate]": "labelled", "metadata[well]": "A1"}
    found = service.client.get("/fit", params=params).json()
    assert [row["id"] for row in found["data"]] == [fit["id"]]
    assert found["data"][0]["metadata"] == {"plate": "labelled", "well": "A1"}


def test_pages_follow_one_another(service: RunningService) -> None:
    ids = [service.post(SHORT | {"metadata": {"test": "pages"}})["id"] for _ in range(3)]
    params = {"metadata[test]": "pages", "limit": 2}
    first = service.client.get("/fit", params=params).json()
    second = service.client.get("/fit", params=params | {"after": first["last_id"]}).json()
    assert [row["id"] for row in first["data"] + second["data"]] == ids[::-1]
    assert (first["has_more"], second["has_more"]) == (True, False)


def test_a_list_may_be_filtered_by_several_statuses(service: RunningService) -> None:
    labels = {"metadata": {"test": "statuses"}}
    succeeded = service.fitted(SHORT | labels)["id"]
    failed = service.fitted({"hyperparameters": {"learning_rate": 1.0}} | labels)["id"]

    def found(*statuses: str) -> list[str]:
        answer = service.client.get("/fit", params={"metadata[test]": "statuses", "status": statuses})
        return [row["id"] for row in answer.json()["data"]]

    assert found("succeeded") == [succeeded]
    assert found("failed") == [failed]
    assert found("succeeded", "failed") == [failed, succeeded]
    assert found("queued") == []


def test_the_same_idempotency_key_makes_one_fit(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": "once"}
    first, second = (client.post("/fit", json=SHORT, headers=headers) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    other = client.post("/fit", json={}, headers=headers)
    assert (other.status_code, other.headers["Content-Type"]) == (422, "application/problem+json")


def test_a_running_fit_shows_its_progress_and_stops_when_cancelled(service: RunningService) -> None:
    fit = service.post(ENDLESS)
    service.wait_for_step(fit["id"], 10)
    running = service.get(fit["id"])
    assert (running["status"], running["result"]) == ("running", None)
    assert running["progress"]["steps"] == 10_000_000
    assert service.client.post(fit["urls"]["cancel"]).json()["status"] == "cancelling"
    cancelled = service.ended(fit["id"])
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "cancelled")
    assert cancelled["result"]["steps"] == cancelled["progress"]["step"] < 10_000_000


def test_an_ended_fit_cannot_be_cancelled(service: RunningService) -> None:
    fit = service.fitted(SHORT)
    response = service.client.post(fit["urls"]["cancel"])
    assert (response.status_code, response.json()["type"]) == (409, "/problems/fit-ended")


def test_a_deleted_fit_is_gone(service: RunningService) -> None:
    fit = service.fitted(SHORT)
    assert service.client.delete(fit["urls"]["self"]).status_code == 204
    assert service.client.get(fit["urls"]["self"]).status_code == 404
    assert service.client.get(fit["urls"]["history"]).status_code == 404


def test_a_running_fit_cannot_be_deleted(service: RunningService) -> None:
    fit = service.post(ENDLESS)
    assert service.client.delete(fit["urls"]["self"]).status_code == 409
    service.client.post(fit["urls"]["cancel"])


def test_whoever_has_too_many_fits_waiting_is_told_when_to_post_again(
    start_service: Callable[..., RunningService],
) -> None:
    service = start_service(workers=1, max_queued_of_caller=1)
    running = service.post(ENDLESS)["id"]
    service.wait_until(lambda: service.is_begun(running), "the first fit trains")
    # How many wait is counted once a second.
    service.wait_until(lambda: service.client.post("/fit", json=ENDLESS).status_code == 202, "the second fit waits")
    response = service.client.post("/fit", json=ENDLESS)
    assert response.status_code == 429
    assert response.json()["type"] == "/problems/queue-full"
    assert response.headers["Retry-After"] == "1"
    assert response.headers["RateLimit-Policy"] == '"queue";q=1;qu="concurrent-requests"'
    assert response.headers["RateLimit"] == '"queue";r=0;t=1'


@pytest.mark.parametrize("query", ["metadata[]=1", "metadata[=1", "metadata=1", "metadata[a]=1&metadata[a]=2"])
def test_a_filter_that_names_no_label_or_one_twice_is_refused(client: httpx.Client, query: str) -> None:
    assert client.get(f"/fit?{query}").status_code == 422


def test_the_list_is_searched_by_id_model_and_label(service: RunningService) -> None:
    fit = service.fitted({"model": "wanted_slope * x", "metadata": {"sample": "Wanted thing"}})
    for text in (fit["id"], "WANTED_SLOPE", "wanted thing"):
        found = service.client.get("/fit", params={"search": text}).json()["data"]
        assert [other["id"] for other in found] == [fit["id"]]
    assert service.client.get("/fit", params={"search": "wanted%slope"}).json()["data"] == []
    assert service.client.get("/fit", params={"search": ""}).status_code == 422
