"""A fit as a picture shows it."""

from typing import Any

import pytest
from sqlalchemy import Engine

from app.jobs.errors import NoResultError
from app.jobs.results.prediction import predict
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.views.of_fit import Window, view_of
from app.schemas.prediction import PredictionRequest
from app.schemas.view import FitView
from tests.helpers.trained_fits import submitted, trained

X, Y = [1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 1.9, 3.2, 3.8, 5.1]
LINE: dict[str, Any] = {"target": {"x": X, "y": Y}, "model": "a + b * x"}
WHOLE = Window(None, None, 2_000, 0.95)


def viewed(engine: Engine, record: FitRecord, window: Window = WHOLE, curve: int | None = None) -> FitView:
    return FitView.model_validate(view_of(Store(engine), record, curve, window))


def test_curve_and_bands_are_those_of_a_prediction(engine: Engine) -> None:
    record = trained(engine, LINE)
    view = viewed(engine, record)
    asked = PredictionRequest.model_validate({"x": view.x})
    predicted = predict(Store(engine), record, asked, 10_000)
    assert view.line == pytest.approx(list(predicted["values"]))
    assert view.confidence is not None
    assert view.prediction is not None
    assert view.confidence.upper == pytest.approx(list(predicted["confidence"]["upper"]))
    assert view.prediction.lower == pytest.approx(list(predicted["prediction"]["lower"]))


def test_points_have_their_residuals(engine: Engine) -> None:
    record = trained(engine, LINE)
    view = viewed(engine, record)
    predicted = predict(Store(engine), record, PredictionRequest(), 10_000)
    assert (view.points.x, view.points.y) == (X, Y)
    assert view.points.residuals == pytest.approx(list(predicted["residuals"]))


def test_a_window_shows_its_part(engine: Engine) -> None:
    view = viewed(engine, trained(engine, LINE), Window(1.5, 9.0, 2_000, 0.95))
    assert view.points.x == [2, 3, 4, 5]
    assert (view.x[0], view.x[-1], view.total_points) == (1.5, 9.0, 4)


def test_a_fit_that_waits_shows_its_points_and_says_why_there_is_no_curve(engine: Engine) -> None:
    store = Store(engine)
    view = viewed(engine, store.create(submitted(LINE)))
    assert (view.points.y, view.line, view.confidence) == (Y, None, None)
    assert view.message


def test_a_function_is_shown_with_the_start_of_its_fit(engine: Engine) -> None:
    body = {
        "target": {"function": "sin", "points": 50},
        "hyperparameters": {"optimizer": "gradient_descent", "steps": 3},
    }
    view = viewed(engine, trained(engine, body))
    assert view.total_points == 50
    assert view.start_line is not None
    assert view.start_line != view.line


def test_standard_deviations_are_shown(engine: Engine) -> None:
    body = LINE | {"target": {"x": X, "y": Y, "sigma": [0.1, 0.1, 0.2, 0.2, 0.3]}}
    assert viewed(engine, trained(engine, body)).points.sigma == pytest.approx([0.1, 0.1, 0.2, 0.2, 0.3])


def test_several_variables_are_shown_as_y_against_the_fitted_value(engine: Engine) -> None:
    target = {"x": {"u": [1, 2, 3, 4, 5], "v": [2, 1, 4, 3, 6]}, "y": [5.1, 4.2, 10.9, 9.8, 16.1]}
    body: dict[str, Any] = {"target": target, "model": "a + b * u + c * v"}
    view = viewed(engine, trained(engine, body))
    assert (view.x_label, view.line) == ("fitted value", view.x)
    with pytest.raises(NoResultError):
        viewed(engine, Store(engine).create(submitted(body)))


def test_one_of_many_curves_is_shown_alone(engine: Engine) -> None:
    body = LINE | {"target": {"x": X, "y": [Y, [2 * y for y in Y]]}}
    view = viewed(engine, trained(engine, body), curve=1)
    assert view.points.y == [2 * y for y in Y]
    assert view.confidence is not None
