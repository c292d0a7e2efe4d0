"""The model of a stored fit at other points."""

from array import array
from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.errors import InvalidRequestError, NoResultError
from app.jobs.results.prediction import predict
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
