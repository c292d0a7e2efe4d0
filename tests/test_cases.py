"""Tasks of people who fit curves end at the right value, or are told what is wrong; sources stand in the files."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine

from app.jobs.errors import InvalidRequestError
from app.jobs.store.records import FitRecord
from tests.helpers.cases import SEARCHED, answered, failed_once, searched
from tests.helpers.long_form import one_in
from tests.helpers.trained_fits import submitted, trained

MISSED = {"logarithmic-chirp", "beats-one-phase"}
"""Tasks whose best minimum the search does not find: a chirp, two oscillations of which one has no phase."""


def coefficients(record: FitRecord) -> dict[str, float]:
    assert record.result is not None
    return record.result.coefficients


def final_loss(record: FitRecord) -> float:
    assert record.result is not None
    return record.result.final_loss


def warnings(record: FitRecord) -> list[str]:
    assert record.result is not None
    assert record.result.statistics is not None
    return record.result.statistics.warnings


def wrong(body: dict[str, Any]) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        submitted(body)
    return " ".join(field.detail for field in caught.value.wrong)


@pytest.mark.parametrize("name", one_in(3, (name for name in SEARCHED if name not in MISSED)))
def test_parameters_that_are_left_out_lead_to_the_best_known_loss(engine: Engine, name: str) -> None:
    case = searched(name)
    record = trained(engine, case.body)
    assert record.status == "succeeded"
    assert final_loss(record) <= 1.001 * case.needed["final_loss"] + 1e-25


@pytest.mark.parametrize(
    "name",
    [
        "lib-2-peaks-resolved-broad-0.1",
        "lib-two-peaks-broad-0",
        "lib-two-peaks-broad-3",
        "lib-three-peaks-small-third",
        "scipy-11708-lib-two-peaks",
    ],
)
def test_peaks_are_found_wherever_they_lie_with_positive_heights_and_in_order(engine: Engine, name: str) -> None:
    needed, record = failed_once(name).needed, answered(engine, name)
    assert final_loss(record) == pytest.approx(needed["final_loss"], rel=1e-3)
    found = coefficients(record)
    centers = [found[key] for key in sorted(found) if key.startswith("center")]
    assert centers == sorted(centers)
    assert all(value > 0 for key, value in found.items() if key.startswith(("amplitude", "width")))
    if "centers" in needed:
        assert centers == pytest.approx(needed["centers"], abs=needed["centers_tolerance"])


def test_an_oscillation_of_160_cycles_is_found(engine: Engine) -> None:
    assert coefficients(answered(engine, "lib-sinusoid-160-cycles"))["frequency"] == pytest.approx(16, abs=0.002)


def test_exact_data_give_no_false_warnings(engine: Engine) -> None:
    record = answered(engine, "exact-sine-warnings")
    assert coefficients(record)["frequency"] == pytest.approx(0.2799535448986439, abs=1e-9)
    (warning,) = warnings(record)
    assert "no more than rounding" in warning


def test_a_period_is_no_alias(engine: Engine) -> None:
    found = coefficients(answered(engine, "period-form-alias"))
    assert abs(found["T"]) == pytest.approx(7.3, abs=0.05)
    assert abs(found["A"]) == pytest.approx(2.015, abs=0.01)


def test_counts_with_empty_bins_have_a_start_at_which_the_model_is_positive(engine: Engine) -> None:
    needed = failed_once("poisson-lib-gaussian-low-background").needed["coefficients"]
    found = coefficients(answered(engine, "poisson-lib-gaussian-low-background"))
    assert found == pytest.approx(needed, rel=1e-3)


def test_a_decay_at_seconds_since_1970_is_told_at_an_origin_near_the_data(engine: Engine) -> None:
    for more in ({}, {"model": {"name": "exponential_decay"}}):
        record = answered(engine, "lib-decay-origin-unix-time", **more)
        assert coefficients(record)["rate"] == pytest.approx(0.00111, abs=2e-5)
        assert coefficients(record)["offset"] == pytest.approx(21, abs=0.2)
        assert record.fit.model.model_dump()["origin"] == 1_700_000_000  # type: ignore[union-attr]


def test_a_formula_whose_coefficients_are_no_numbers_so_far_from_0_is_told_so(engine: Engine) -> None:
    record = answered(engine, "formula-decay-unix-time-auto")
    assert (record.status, record.error and record.error["field"]) == ("failed", "model")
    assert "write (x - origin) in place of x" in (record.message or "")


def test_an_exponential_of_years_converges_with_standard_errors(engine: Engine) -> None:
    record = answered(engine, "scipy-15437-two-parameters")
    assert (record.reason, coefficients(record)["b"]) == ("converged", pytest.approx(0.221181, abs=1e-5))
    assert record.result is not None
    assert record.result.statistics is not None
    assert record.result.statistics.stderr["b"] == pytest.approx(0.015246, abs=1e-5)


def test_a_redundant_parameter_is_named(engine: Engine) -> None:
    record = answered(engine, "scipy-15437-left-out")
    assert (record.status, final_loss(record)) == ("succeeded", pytest.approx(1238.33, rel=1e-5))
    assert any("do not determine all parameters (a, c)" in warning for warning in warnings(record))


def test_a_plate_with_an_empty_well_is_fitted(engine: Engine) -> None:
    assert answered(engine, "plate-missing-well").reason == "converged"


def test_a_fit_that_has_found_its_minimum_ends(engine: Engine) -> None:
    record = answered(engine, "power-law-constant-y")
    assert record.step < 200
    assert coefficients(record) == pytest.approx({"amplitude": 3, "exponent": 0}, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lib-arrhenius-celsius", "x must be above 0: temperatures are in kelvin"),
        ("lib-logistic4-log-doses", "doses are not negative; if these are logarithms, give 10**x"),
        ("lib-power-law-negative-x", "x can't be negative"),
    ],
)
def test_where_a_model_has_no_meaning_it_says_so_in_its_own_words(name: str, words: str) -> None:
    assert words in wrong(failed_once(name).body)


def test_a_library_model_of_a_transformed_response_is_one_of_y(engine: Engine) -> None:
    assert coefficients(answered(engine, "lib-power-law-response-log"))["exponent"] == pytest.approx(1.7)


def test_parameters_may_be_left_to_the_service_by_one_word(engine: Engine) -> None:
    assert answered(engine, "parameters-auto-word").reason == "converged"


def test_words_of_lmfit_are_taken() -> None:
    parameter = submitted(failed_once("parameters-lmfit-words").body).fit.parameters["a"]
    assert (parameter.start, parameter.lower, parameter.upper) == (1, 0, 10)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("r-langmuir-ones", {"Q": 366.278, "b": 0.0721023}),
        ("scipy-5980-step-logistic-left-out", {"b": 1.10307}),
        ("so-16107884-power-offset-left-out", {"c0": -3.46503, "m": -0.34815, "c": 2.16546}),
    ],
)
def test_what_starts_of_1_missed_is_found(engine: Engine, name: str, expected: dict[str, float]) -> None:
    found = coefficients(answered(engine, name))
    assert {key: found[key] for key in expected} == pytest.approx(expected, rel=1e-4)


def test_a_step_to_where_a_derivative_is_not_finite_ends_no_fit(engine: Engine) -> None:
    ones = {"parameters": {"a": 1, "b": 1, "c": 1}}
    assert answered(engine, "so-20161899-power-x0-left-out", **ones).status == "succeeded"
    assert final_loss(answered(engine, "so-20161899-power-x0-left-out")) == pytest.approx(38.881034, rel=1e-6)


@pytest.mark.parametrize("name", ["wording-min", "wording-mod", "wording-power"])
def test_functions_are_known_by_the_names_that_people_give_them(engine: Engine, name: str) -> None:
    assert answered(engine, name).status == "succeeded"


@pytest.mark.parametrize("name", ["model-without-x", "wording-subscript", "wording-gaussian-call"])
def test_what_is_misread_easily_is_refused(name: str) -> None:
    with pytest.raises((ValidationError, InvalidRequestError)):
        submitted(failed_once(name).body)
