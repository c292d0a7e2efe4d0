"""The fitted model at other points, over HTTP."""

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from app.api.bodies import FitRoute
from app.api.path_parameters import FitId
from app.api.problem_details import OF_A_BODY, OF_A_FIT, declared
from app.api.services import Provided
from app.api.streams import json_pieces
from app.jobs.results.prediction import predict
from app.schemas.prediction import Prediction, PredictionRequest
from app.schemas.problem_kinds import CURVE_NOT_FOUND, NO_RESULT

router = APIRouter(tags=["fits"], route_class=FitRoute)


@router.post(
    "/fit/{fit_id}/predict",
    summary="Predict with a fitted model",
    response_model=Prediction,
    response_description="Values and bands.",
    responses=declared(*OF_A_BODY, *OF_A_FIT, CURVE_NOT_FOUND, NO_RESULT),
)
def predict_with_fit(services: Provided, fit_id: FitId, points: PredictionRequest) -> Response:
    """Work out the model at other x, with its standard error, a confidence band for the model, and a prediction band
    for a further response. Without x, work it out at the points of the fit, with the residuals.

    Bands follow from the covariance of the coefficients by linear propagation of errors. Of a transformed response
    (`log(y)`), all numbers are on the transformed scale.
    """
    answer = predict(services.store, services.store.get(fit_id), points, services.settings.max_points)
    return StreamingResponse(json_pieces(answer), media_type="application/json")
