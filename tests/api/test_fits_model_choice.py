"""Models by name, series, start values and losses that are left to the service."""

import math
import random
from typing import Any

import pytest

from tests.helpers.running_service import RunningService

NOISE = random.Random(3)  # noqa: S311
X = [k / 10 for k in range(100)]
PEAK = [4 * math.exp(-((x - 6.2) ** 2) / (2 * 0.5**2)) + 1 + NOISE.gauss(0, 0.05) for x in X]
TRUTH = {"amplitude": 4, "center": 6.2, "width": 0.5, "offset": 1}
PLANE = {"x": {"u": [1, 2, 3], "v": [1, 3, 2]}, "y": [1, 2, 3]}
PEAK_MODEL = "a * exp(-(x - m)^2 / (2 * w^2)) + o"


def fitted(service: RunningService, **body: Any) -> dict[str, Any]:
    fit = service.fitted({"target": {"x": X, "y": PEAK}} | body)
    assert fit["status"] == "succeeded", fit["message"]
    return fit


def test_a_model_of_the_library_needs_no_start(service: RunningService) -> None:
    fit = fitted(service, model={"name": "gaussian"})
    assert fit["result"]["coefficients"] == pytest.approx(TRUTH, rel=0.05)
    assert fit["model"] == {"name": "gaussian"}
    assert fit["formula"].startswith("amplitude*exp(")
    assert fit["parameters"]["center"]["start"] == "auto"
    assert fit["result"]["start"]["center"] == pytest.approx(6.2, abs=0.5)


def test_options_shape_a_model(service: RunningService) -> None:
    fit = fitted(service, model={"name": "polynomial", "degree": 3})
    assert list(fit["result"]["coefficients"]) == ["c0", "c1", "c2", "c3"]


def test_a_start_left_to_the_service_is_searched_for(service: RunningService) -> None:
    fit = fitted(service, model=PEAK_MODEL, parameters=dict.fromkeys("amwo", "auto"), seed=7)
    assert fit["seed"] == 7
    assert fit["result"]["coefficients"]["m"] == pytest.approx(6.2, rel=0.05)
    again = fitted(service, model=PEAK_MODEL, parameters=dict.fromkeys("amwo", "auto"), seed=7)
    assert again["result"]["start"] == fit["result"]["start"]


def test_a_degree_left_to_the_service_is_chosen_and_explained(service: RunningService) -> None:
    noise = random.Random(4)  # noqa: S311
    y = [1 + 2 * x - 0.3 * x * x + noise.gauss(0, 0.05) for x in X]
    model = {"series": "chebyshev", "degree": "auto", "criterion": "bic", "max_degree": 8}
    fit = fitted(service, target={"x": X, "y": y}, model=model)
    selection = fit["result"]["selection"]
    assert (selection["criterion"], selection["degree"], len(selection["scores"])) == ("bic", 2, 9)
    assert list(fit["result"]["coefficients"]) == ["c0", "c1", "c2"]
    assert fit["formula"].startswith("c0 + c1*T1(")


@pytest.mark.parametrize("series", ["legendre", "chebyshev", "hermite", "laguerre", "fourier"])
def test_every_series_is_solved_directly(service: RunningService, series: str) -> None:
    fit = fitted(service, model={"series": series, "degree": 3})
    assert fit["hyperparameters"]["optimizer"] == "least_squares"
    assert fit["result"]["criterion"] == "solved"


def test_a_series_may_have_its_domain_or_period(service: RunningService) -> None:
    legendre = fitted(service, model={"series": "legendre", "degree": 1, "domain": [0, 10]})
    fourier = fitted(service, model={"series": "fourier", "degree": 1, "period": 4})
    assert legendre["formula"] == "c0 + c1*P1((x - 5.0)/5.0)"
    assert "x/4.0" in fourier["formula"]


@pytest.mark.parametrize("degree", [3, "auto"])
def test_the_variable_of_a_series_may_have_any_name(service: RunningService, degree: int | str) -> None:
    by_x, by_t = (
        fitted(service, target={"x": x, "y": PEAK}, model={"series": "legendre", "degree": degree, "max_degree": 5})
        for x in (X, {"t": X})
    )
    assert by_t["formula"] == by_x["formula"].replace("x", "t")
    assert by_t["result"]["coefficients"] == by_x["result"]["coefficients"]


def test_far_from_0_an_exponential_may_have_an_origin(service: RunningService) -> None:
    years = [1990 + x for x in X]
    y = [6 * math.exp(-2 * x) + 4 * math.exp(-0.2 * x) + 1 for x in X]
    fit = fitted(service, target={"x": years, "y": y}, model={"name": "double_exponential", "origin": 1990})
    assert fit["formula"].startswith("amplitude1*exp(-rate1*(x - 1990))")
    truth = {"amplitude1": 6, "rate1": 2, "amplitude2": 4, "rate2": 0.2, "offset": 1}
    assert fit["result"]["coefficients"] == pytest.approx(truth, rel=1e-6)


WITH_OUTLIERS = [value + (8 if k % 10 == 3 else 0) for k, value in enumerate(PEAK)]


@pytest.fixture(scope="module")
def clean(service: RunningService) -> dict[str, Any]:
    """Return the fit of a peak without outliers."""
    return fitted(service, model={"name": "gaussian"})


def farthest(fit: dict[str, Any], clean: dict[str, Any]) -> float:
    """How far the worst coefficient is from the truth, in standard errors: its own or that without outliers."""
    found, errors = fit["result"]["coefficients"], fit["result"]["statistics"]["stderr"]
    clean_errors = clean["result"]["statistics"]["stderr"]
    return max(abs(found[name] - TRUTH[name]) / max(errors[name], clean_errors[name]) for name in TRUTH)


@pytest.mark.parametrize("loss", ["huber", "soft_l1", "cauchy", "tukey"])
def test_robust_losses_bear_one_gross_outlier_in_ten(service: RunningService, clean: dict[str, Any], loss: str) -> None:
    robust = fitted(service, target={"x": X, "y": WITH_OUTLIERS}, model={"name": "gaussian"}, loss=loss)
    assert farthest(robust, clean) < 2
    assert robust["loss"] == {"name": loss, "threshold": "auto"}
    assert robust["result"]["threshold"] > 0


def test_squares_do_not(service: RunningService, clean: dict[str, Any]) -> None:
    squares = fitted(service, target={"x": X, "y": WITH_OUTLIERS}, model={"name": "gaussian"})
    assert farthest(squares, clean) > 2


def test_counts_are_fitted_by_their_likelihood(service: RunningService) -> None:
    """The maximum of the likelihood of a constant is the mean of the counts, its error the root of it by n."""
    counts = [3, 5, 2, 8, 4, 6]
    fit = fitted(service, target={"x": [1, 2, 3, 4, 5, 6], "y": counts}, model="m + 0 * x", loss="poisson")
    mean = sum(counts) / 6
    assert fit["result"]["coefficients"]["m"] == pytest.approx(mean, rel=1e-9)
    assert fit["result"]["statistics"]["stderr"]["m"] == pytest.approx(math.sqrt(mean / 6), rel=1e-9)


def test_profile_intervals_are_given_on_request(service: RunningService) -> None:
    fit = fitted(service, model={"name": "gaussian"}, confidence={"level": 0.9, "profile": True})
    statistics = fit["result"]["statistics"]
    assert statistics["confidence_level"] == 0.9
    for name, (low, high) in statistics["profile_intervals"].items():
        by_t = statistics["confidence_intervals"][name]
        assert [low, high] == pytest.approx(by_t, rel=0.05)
        assert low < fit["result"]["coefficients"][name] < high


@pytest.mark.parametrize("optimizer", ["lbfgs", "levenberg_marquardt", "adam"])
def test_an_optimizer_may_be_named(service: RunningService, optimizer: str) -> None:
    body = {"model": {"name": "gaussian"}, "hyperparameters": {"optimizer": optimizer, "steps": 500}}
    assert fitted(service, **body)["hyperparameters"]["optimizer"] == optimizer


def test_a_fit_ends_when_its_time_is_up(service: RunningService) -> None:
    settings = {"optimizer": "adam", "steps": 10_000_000, "max_seconds": 0.3}
    fit = fitted(service, model={"name": "gaussian"}, hyperparameters=settings)
    assert fit["reason"] == "timeout"
    assert fit["result"]["steps"] < 10_000_000


def test_data_that_do_not_determine_the_parameters_are_told_as_reason(service: RunningService) -> None:
    assert fitted(service, model="a + b + c * x")["reason"] == "singular"
    assert fitted(service, model="a + b + exp(c * x)", parameters={"c": 0.1})["reason"] == "singular"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"model": {"name": "gausian"}}, "#/model/name"),
        ({"model": {"name": "gaussian", "peaks": 99}}, "#/model/peaks"),
        ({"model": {"name": "gaussian", "height": 1}}, "#/model/height"),
        ({"model": {"name": "gaussian_2d"}}, "#/model/name"),
        ({"model": {"series": "bessel", "degree": 3}}, "#/model/series"),
        ({"model": {"series": "legendre", "degree": 99}}, "#/model/degree"),
        ({"model": {"series": "legendre", "degree": 1}, "target": PLANE}, "#/model/series"),
        ({"model": {"series": "legendre", "degree": 1}, "target": {"x": {"c1": [1, 2]}, "y": [1, 2]}}, "#/target/x/c1"),
        ({"model": {"series": "legendre", "degree": "many"}}, "#/model/degree"),
        ({"model": {"series": "legendre", "degree": 3, "period": 1}}, "#/model"),
        ({"model": {"series": "legendre", "degree": "auto"}, "parameters": {"c0": 1}}, "#/parameters"),
        ({"model": 5}, "#/model"),
        ({"loss": "l1"}, "#/loss/name"),
        ({"loss": {"name": "squares", "threshold": 1}}, "#/loss"),
        ({"loss": {"name": "huber", "threshold": 0}}, "#/loss/threshold"),
        ({"loss": "poisson", "target": {"x": [1, 2], "y": [1, -2]}, "model": "a * x"}, "#/target/y"),
        ({"hyperparameters": {"optimizer": "least_squares"}}, "#/hyperparameters/optimizer"),
        ({"hyperparameters": {"nesterov": True}}, "#/hyperparameters"),
        ({"confidence": {"level": 1.5}}, "#/confidence/level"),
        ({"seed": -1}, "#/seed"),
    ],
)
def test_what_is_wrong_is_named(service: RunningService, body: dict[str, Any], pointer: str) -> None:
    answer = service.client.post("/fit", json=body)
    assert answer.status_code == 422, answer.text
    assert {error["pointer"] for error in answer.json()["errors"]} == {pointer}
