"""The fitted model at other points, over HTTP."""

from fastapi import APIRouter

from app.api.bodies import FitRoute
from app.api.parameters import FitId
from app.api.problems import declared
from app.api.services import Provided
from app.jobs.prediction import predict
from app.schemas.prediction import Prediction, PredictionRequest

router = APIRouter(tags=["fits"], route_class=FitRoute)


@router.post(
    "/fit/{fit_id}/predict",
    summary="Predict with a fitted model",
    response_description="Values and bands.",
    responses=declared(400, 404, 409, 413, 415, 422, 500, 503),
)
def predict_with_fit(services: Provided, fit_id: FitId, points: PredictionRequest) -> Prediction:
    """The model at other x, with its standard error, a confidence band for the model, and a prediction band for a
    further response.

    Bands follow from the covariance of the coefficients by linear propagation of errors.
    """
    return predict(services.store, services.store.get(fit_id), points)
