"""The model of a stored fit at other points."""

from array import array
from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.errors import CurveNotFoundError, InvalidRequestError, NoResultError
from app.jobs.results.prediction import predict, predict_curves
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.prediction import PredictionRequest
from tests.helpers.trained_fits import submitted, trained

LINE = {"target": {"x": [1, 2, 3, 4, 5], "y": [1.1, 1.9, 3.2, 3.8, 5.1]}, "model": "a + b * x"}
MOST_POINTS = 100


def predicted(engine: Engine, record: FitRecord, **request: Any) -> dict[str, Any]:
    return predict(Store(engine), record, PredictionRequest.model_validate(request), MOST_POINTS)


def wrong_fields(engine: Engine, record: FitRecord, **request: Any) -> set[tuple[str | int, ...]]:
    with pytest.raises(InvalidRequestError) as caught:
        predicted(engine, record, **request)
    return {wrong.path for wrong in caught.value.wrong}


def test_values_are_those_of_the_fitted_model(engine: Engine) -> None:
    record = trained(engine, LINE)
    assert record.result is not None
    coefficients = record.result.coefficients
    found = predicted(engine, record, x=[10.0])
    assert list(found["values"]) == pytest.approx([coefficients["a"] + 10 * coefficients["b"]])
    assert found["residuals"] is None


def test_at_its_own_points_a_fit_has_residuals_that_sum_to_nothing(engine: Engine) -> None:
    found = predicted(engine, trained(engine, LINE))
    assert isinstance(found["residuals"], array)
    assert len(found["residuals"]) == 5
    assert sum(found["residuals"]) == pytest.approx(0, abs=1e-12)


def test_bands_are_narrowest_at_the_mean_of_x(engine: Engine) -> None:
    stderr = predicted(engine, trained(engine, LINE), x=[1.0, 3.0, 5.0])["stderr"]
    assert stderr[1] < stderr[0] == pytest.approx(stderr[2])


def test_a_curve_that_failed_has_no_bands(engine: Engine) -> None:
    target = {"x": [1.0, 2.0, 3.0], "y": [[1.0, 2.0, 3.5], [2.0, 3.0, 4.5]]}
    record = trained(engine, {"target": target, "model": "sqrt(a - 5) * x", "parameters": {"a": 1}})
    found = predicted(engine, record, x=[1.0], curve=0)
    assert (found["confidence"], found["prediction"]) == (None, None)
    assert "did not succeed" in found["message"]


def test_a_fit_that_has_not_ended_has_no_prediction(engine: Engine) -> None:
    with pytest.raises(NoResultError):
        predicted(engine, Store(engine).create(submitted(LINE)), x=[1.0])


def test_what_does_not_fit_the_fit_is_named(engine: Engine) -> None:
    record = trained(engine, LINE)
    assert wrong_fields(engine, record, x={"u": [1.0]}) == {("x", "u"), ("x",)}
    assert wrong_fields(engine, record, x=[1.0], sigma=[1.0, 2.0]) == {("sigma",)}
    assert wrong_fields(engine, record, x=[0.0] * (MOST_POINTS + 1)) == {("x",)}
    assert wrong_fields(engine, record, x=[1.0], curve=0) == {("curve",)}


PLATE = {
    "target": {
        "x": [0.0, 1.0, 2.0, 3.0, 4.0],
        "y": [[3.1, 1.8, 1.1, 0.6, 0.45], [6.0, 3.7, 2.1, 1.4, 0.7], [2.0, 1.3, 0.7, 0.5, 0.3]],
        "labels": ["A1", "A2", "B1"],
    },
    "model": "a * exp(-k * x)",
    "parameters": {"a": 1, "k": 1},
}


def page(engine: Engine, record: FitRecord, **request: Any) -> list[dict[str, Any]]:
    wanted = PredictionRequest.model_validate(request)
    return list(predict_curves(Store(engine), record, wanted, MOST_POINTS)["data"])


@pytest.mark.parametrize("loss", ["squares", "huber"])
@pytest.mark.parametrize("points", [{}, {"x": [0.5, 6.0]}, {"x": [0.5, 6.0], "sigma": [1.0, 2.0]}])
def test_all_curves_at_once_are_predicted_as_each_by_itself(
    engine: Engine, loss: str, points: dict[str, list[float]]
) -> None:
    record = trained(engine, PLATE | {"loss": loss})
    for curve, found in enumerate(page(engine, record, curves="all", **points)):
        alone = predicted(engine, record, curve=curve, **points)
        assert (found["curve"], found["label"]) == (curve, PLATE["target"]["labels"][curve])
        assert found["values"] == pytest.approx(list(alone["values"]), rel=1e-9)
        assert found["prediction"]["upper"] == pytest.approx(list(alone["prediction"]["upper"]), rel=1e-6)
        assert found["residuals"] == (None if points else pytest.approx(list(alone["residuals"]), abs=1e-9))


def test_curves_of_a_global_fit_are_predicted_at_once(engine: Engine) -> None:
    record = trained(engine, PLATE | {"parameters": {"a": 1, "k": {"start": 1, "shared": True}}})
    found = page(engine, record, curves="all", x=[1.0])[1]
    alone = predicted(engine, record, curve=1, x=[1.0])
    assert found["confidence"]["lower"] == pytest.approx(list(alone["confidence"]["lower"]), rel=1e-6)


def test_curves_are_named_by_number_and_by_label(engine: Engine) -> None:
    record = trained(engine, PLATE)
    assert [found["label"] for found in page(engine, record, curves=[0, "B1"], x=[1.0])] == ["A1", "B1"]
    by_label, by_number = (predicted(engine, record, x=[1.0], **name) for name in ({"label": "A2"}, {"curve": 1}))
    assert by_label["values"] == by_number["values"]
    with pytest.raises(CurveNotFoundError):
        page(engine, record, curves=["C7"], x=[1.0])


def test_a_curve_without_coefficients_has_no_values_and_a_word(engine: Engine) -> None:
    target = {"x": [1.0, 2.0, 3.0], "y": [[1.0, 2.0, 3.5], [1e300, -1e300, 1e300]]}
    record = trained(engine, {"target": target, "model": "sqrt(a - 5) * x", "parameters": {"a": 1}})
    found = page(engine, record, curves="all", x=[1.0])
    assert all("no" in row["message"] and row["confidence"] is None for row in found)
