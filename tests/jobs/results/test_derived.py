"""Quantities derived from the coefficients of a stored fit."""

import math
from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.errors import CurveNotFoundError, InvalidRequestError, NoResultError
from app.jobs.results.derived import derived
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.derived import DeriveRequest
from tests.helpers.published_calibrations import LOG_LOGISTIC, LOG_LOGISTIC_START, NASTURTIUM
from tests.helpers.trained_fits import submitted, trained

X = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0]
DECAY = [3.02, 2.39, 1.93, 1.58, 1.29, 0.81, 0.61, 0.42]
MODEL = {"model": "a * exp(-k * x) + c", "parameters": {"a": 3.0, "k": 0.5, "c": 0.0}}
PLATE = [DECAY, [2 * y + 0.01 * index for index, y in enumerate(DECAY)], DECAY[::-1], [0.5 * y + 0.1 for y in DECAY]]


def found(engine: Engine, record: FitRecord, quantities: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = derived(Store(engine), record, DeriveRequest.model_validate({"quantities": quantities, **more}))
    return answer | {"data": list(answer["data"])}


def only(engine: Engine, record: FitRecord, quantities: dict[str, Any], **more: Any) -> dict[str, Any]:
    (row,) = found(engine, record, quantities, **more)["data"]
    assert isinstance(row, dict)
    return row


def wrong_fields(engine: Engine, record: FitRecord, quantities: dict[str, Any], **more: Any) -> set[Any]:
    with pytest.raises(InvalidRequestError) as caught:
        found(engine, record, quantities, **more)
    return {wrong.path for wrong in caught.value.wrong}


def test_a_coefficient_itself_has_its_own_error_and_interval(engine: Engine) -> None:
    record = trained(engine, {"target": {"x": X, "y": DECAY}, **MODEL})
    assert record.result is not None
    statistics = record.result.statistics
    assert statistics is not None
    row = only(engine, record, {"rate": "k", "half_life": "log(2)/k"})
    low, high = statistics.confidence_intervals["k"] or (math.nan, math.nan)
    assert row["quantities"]["rate"] == pytest.approx(
        {"value": record.result.coefficients["k"], "stderr": statistics.stderr["k"], "lower": low, "upper": high}
    )
    assert row["quantities"]["half_life"]["stderr"] == pytest.approx(
        math.log(2) / record.result.coefficients["k"] ** 2 * (statistics.stderr["k"] or math.nan)
    )
    assert row["correl"][0] == pytest.approx([1, -1])
    assert (row["curve"], row["message"]) == (None, None)


def test_the_dose_of_a_response_has_the_error_that_car_gives_it(engine: Engine) -> None:
    """deltaMethod of R's car, for the log-logistic curve of nasturtium: the dose at which the model is 341.333.

    In investr's article the variance of y is among its terms: 0.2847019^2 is this one's square and what it adds.
    """
    target = {"x": NASTURTIUM["x"], "y": NASTURTIUM["y"]}
    record = trained(engine, {"target": target, "model": LOG_LOGISTIC, "parameters": LOG_LOGISTIC_START})
    assert record.result is not None
    assert record.result.statistics is not None
    theta1, theta3 = record.result.coefficients["theta1"], record.result.coefficients["theta3"]
    y = 1024 / 3
    dose = only(engine, record, {"dose": f"exp((log(theta1 / {y!r} - 1) - theta2) / theta3)"})["quantities"]["dose"]
    by_y = dose["value"] / theta3 * theta1 / y / (theta1 - y)
    variance = (record.result.statistics.redchi or math.nan) / 3
    assert dose["value"] == pytest.approx(2.2639, abs=5e-5)
    assert math.sqrt(dose["stderr"] ** 2 + by_y**2 * variance) == pytest.approx(0.2847019, rel=2e-6)


def test_an_area_needs_no_formula(engine: Engine) -> None:
    record = trained(engine, {"target": {"x": X, "y": DECAY}, **MODEL})
    row = only(engine, record, {"area": {"integral": [0, 5]}, "same": "a / k * (1 - exp(-5 * k)) + 5 * c"})
    assert row["quantities"]["area"] == pytest.approx(row["quantities"]["same"])


def test_every_curve_has_what_it_has_alone(engine: Engine) -> None:
    quantities = {"half_life": "log(2)/k", "area": {"integral": [0, 5]}}
    many = trained(engine, {"target": {"x": X, "y": PLATE, "labels": list("ABCD")}, **MODEL})
    page = found(engine, many, quantities)
    assert [(row["curve"], row["label"]) for row in page["data"]] == list(enumerate("ABCD"))
    for row, y in zip(page["data"], PLATE, strict=True):
        alone = only(engine, trained(engine, {"target": {"x": X, "y": y}, **MODEL}), quantities)
        for name in quantities:
            assert row["quantities"][name] == pytest.approx(alone["quantities"][name], rel=1e-6), name


def test_curves_come_page_by_page_or_as_chosen(engine: Engine) -> None:
    many = trained(engine, {"target": {"x": X, "y": PLATE}, **MODEL})
    first = found(engine, many, {"k": "k"}, limit=3)
    rest = found(engine, many, {"k": "k"}, after=first["last_curve"])
    chosen = found(engine, many, {"k": "k"}, curves=[3, 0])
    assert (first["has_more"], rest["has_more"], chosen["has_more"]) == (True, False, False)
    whole = first["data"] + rest["data"]
    assert [row["curve"] for row in whole] == [0, 1, 2, 3]
    assert chosen["data"] == [whole[0], whole[3]]
    with pytest.raises(CurveNotFoundError):
        found(engine, many, {"k": "k"}, curves=[4])


def test_curves_that_share_a_parameter_share_its_error(engine: Engine) -> None:
    parameters = {"a": 3.0, "k": {"start": 0.5, "shared": True}, "c": 0.0}
    body = {"target": {"x": X, "y": [PLATE[0], PLATE[1]]}, "model": MODEL["model"], "parameters": parameters}
    record = trained(engine, body)
    assert record.result is not None
    assert record.result.statistics is not None
    rows = found(engine, record, {"rate": "k", "start": "a + c"})["data"]
    assert [row["quantities"]["rate"]["stderr"] for row in rows] == pytest.approx(
        [record.result.statistics.stderr["k"]] * 2
    )
    assert rows[0]["quantities"]["start"]["stderr"] > 0


def test_curves_that_failed_or_are_not_determined_say_so(engine: Engine) -> None:
    target = {"x": [[0, 1, 2, 3], [0, 1, 1]], "y": [[1, 2, 2.9, 4], [1, 2, 2.1]]}
    rows = found(engine, trained(engine, {"target": target, "model": "a + b * x + 0 * x^2 + c * x^2"}), {"q": "a + b"})
    assert rows["data"][0]["message"] is None
    assert "no covariance" in rows["data"][1]["message"]
    assert rows["data"][1]["quantities"]["q"]["value"] is not None
    failed = trained(engine, {"target": {"x": X, "y": PLATE}, "model": "sqrt(a - 5) * x", "parameters": {"a": 1}})
    row = found(engine, failed, {"q": "2 * a"})["data"][0]
    assert (row["quantities"]["q"]["value"], row["covar"]) == (2, None)
    assert "did not succeed" in row["message"]


@pytest.mark.parametrize("loss", ["huber", {"name": "huber", "threshold": 0.1}])
def test_a_robust_curve_has_errors(engine: Engine, loss: str | dict[str, Any]) -> None:
    record = trained(engine, {"target": {"x": X, "y": PLATE[:2]}, **MODEL, "loss": loss})
    expected = Store(engine).curves.one(record, 1)["stderr"]["k"]
    assert found(engine, record, {"k": "k"})["data"][1]["quantities"]["k"]["stderr"] == pytest.approx(expected)


def test_without_a_covariance_there_is_the_value_and_a_word(engine: Engine) -> None:
    record = trained(engine, {"target": {"x": [1, 2], "y": [1, 3]}, "model": "a + b * x"})
    row = only(engine, record, {"q": "a * b"})
    assert row["quantities"]["q"] == {"value": pytest.approx(-2), "stderr": None, "lower": None, "upper": None}
    assert (row["covar"], "no covariance" in row["message"]) == (None, True)


def test_what_has_no_value_is_named(engine: Engine) -> None:
    record = trained(engine, {"target": {"x": X, "y": DECAY}, **MODEL})
    row = only(engine, record, {"q": "log(-a)", "pole": {"integral": [0, 1]}, "fine": "a"})
    assert row["quantities"]["q"]["value"] is None
    assert row["message"] == "q: no finite value with these coefficients"
    assert row["quantities"]["fine"]["stderr"] is not None


def test_what_does_not_fit_the_model_is_named(engine: Engine) -> None:
    record = trained(engine, {"target": {"x": X, "y": DECAY}, **MODEL})
    quantities = {"q": "a + b", "r": "2 *", "x": "x", "fine": "a"}
    assert wrong_fields(engine, record, quantities) == {("quantities", name) for name in ("q", "r", "x")}
    assert wrong_fields(engine, record, {"q": "a"}, curves=[0]) == {("curves",)}
    area = {"integral": [0, 1], "variable": "z"}
    assert wrong_fields(engine, record, {"q": area}) == {("quantities", "q", "variable")}
    assert wrong_fields(engine, record, {"q": {"integral": [0, 1], "at": {"z": 1}}}) == {("quantities", "q", "at", "z")}


def test_a_fit_that_has_not_ended_has_no_quantities(engine: Engine) -> None:
    with pytest.raises(NoResultError):
        found(engine, Store(engine).create(submitted({"target": {"x": X, "y": DECAY}, **MODEL})), {"q": "a"})
