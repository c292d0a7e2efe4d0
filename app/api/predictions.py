"""The fitted model at other points, over HTTP."""

import json
from array import array
from collections.abc import Iterator
from typing import Any

import pydantic_core
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from app.api.bodies import FitRoute
from app.api.path_parameters import FitId
from app.api.problem_details import OF_A_BODY, OF_A_FIT, declared
from app.api.services import Provided
from app.jobs.results.prediction import predict
from app.schemas.prediction import Prediction, PredictionRequest
from app.schemas.problem_kinds import CURVE_NOT_FOUND, NO_RESULT

NUMBERS_AT_ONCE = 10_000
"""Numbers that go into one piece of an answer."""

router = APIRouter(tags=["fits"], route_class=FitRoute)


@router.post(
    "/fit/{fit_id}/predict",
    summary="Predict with a fitted model",
    response_model=Prediction,
    response_description="Values and bands.",
    responses=declared(*OF_A_BODY, *OF_A_FIT, CURVE_NOT_FOUND, NO_RESULT),
)
def predict_with_fit(services: Provided, fit_id: FitId, points: PredictionRequest) -> Response:
    """The model at other x, with its standard error, a confidence band for the model, and a prediction band for a
    further response; without x at the points of the fit, with the residuals.

    Bands follow from the covariance of the coefficients by linear propagation of errors. Of a transformed response
    (`log(y)`), all numbers are on the transformed scale.
    """
    answer = predict(services.store, services.store.get(fit_id), points, services.settings.max_points)
    return StreamingResponse(_json(answer), media_type="application/json")


def _json(value: Any) -> Iterator[str]:
    """In pieces: numbers by the million must not become one text."""
    if isinstance(value, dict):
        before = "{"
        for name, inner in value.items():
            yield f"{before}{json.dumps(name)}:"
            yield from _json(inner)
            before = ","
        yield "}"
    elif isinstance(value, array):
        for first in range(0, len(value), NUMBERS_AT_ONCE):
            piece = pydantic_core.to_json(value[first : first + NUMBERS_AT_ONCE].tolist(), inf_nan_mode="null")
            yield ("," if first else "[") + piece.decode()[1:-1]
        yield "]"
    else:
        yield json.dumps(value)
