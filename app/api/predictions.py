"""The fitted model at other points, over HTTP."""

import math
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from starlette.concurrency import run_in_threadpool

from app.api.bodies import BodyRoute, large_body
from app.api.judging import LargeBody, points_in
from app.api.large_answers import answered, numbers_of
from app.api.path_parameters import FitId
from app.api.problem_details import OF_A_BODY, OF_KEPT_DATA, declared
from app.api.services import Provided
from app.api.streams import json_pieces
from app.jobs.results.prediction import predict, predict_curves
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.examples import PREDICTION_EXAMPLES
from app.schemas.prediction import Prediction, PredictionPage, PredictionRequest
from app.schemas.problem_kinds import CURVE_NOT_FOUND, NO_RESULT
from app.settings import Settings

router = APIRouter(tags=["fits"], route_class=BodyRoute)


@router.post(
    "/fit/{fit_id}/predict",
    summary="Predict with a fitted model",
    response_model=Prediction | PredictionPage,
    response_description="Values and bands.",
    responses=declared(*OF_A_BODY, *OF_KEPT_DATA, CURVE_NOT_FOUND, NO_RESULT),
)
async def predict_fit(
    request: Request,
    services: Provided,
    fit_id: FitId,
    points: Annotated[PredictionRequest, Body(openapi_examples=PREDICTION_EXAMPLES)],
) -> Response:
    """Work out the model at other x, with its standard error, a confidence band for the model, and a prediction band
    for a further response. Without x, work it out at the points of the fit, with the residuals.

    Several of many curves are asked for by `curves`, and answered as a page.

    Bands follow from the covariance of the coefficients by linear propagation of errors. Of a transformed response
    (`log(y)`), all numbers are on the transformed scale.
    """
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    body = large_body(request)
    return await answered(
        request,
        services,
        record,
        _predicted,
        points if body is None else body,
        services.settings,
        numbers=math.inf if body is not None else _numbers(record, points),
        media_type="application/json",
    )


def _numbers(record: FitRecord, points: PredictionRequest) -> int:
    """Return roughly how many numbers are read and written."""
    columns = [points.x] if isinstance(points.x, list) else list((points.x or {}).values())
    curves = 1
    if points.curves is not None:
        curves = points.limit if points.curves == "all" else len(points.curves)
    asked = sum(map(len, columns)) * min(curves, record.fit.curves or 1)
    return 6 * asked + (numbers_of(record) if points.x is None or record.fit.curves else 0)


def _predicted(
    store: Store, record: FitRecord, points: PredictionRequest | LargeBody, settings: Settings
) -> Iterator[str]:
    """Return the pieces of an answer."""
    wanted = points_in(points, settings) if isinstance(points, LargeBody) else points
    predicted = predict if wanted.curves is None else predict_curves
    return json_pieces(predicted(store, record, wanted, settings.max_points))
