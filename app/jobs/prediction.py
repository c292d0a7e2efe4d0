"""The model of a fit at other points: from what is stored of it to values and bands."""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from app.fitting.formula import parse
from app.fitting.losses import SHAPES
from app.fitting.prediction import Band, Uncertainty, bands, model_and_jacobian
from app.fitting.problem import Data
from app.fitting.statistics import statistics
from app.jobs.building import data_of, parameters_of
from app.jobs.curve_preparation import problem_of_curve
from app.jobs.errors import InvalidRequestError, NoResultError, WrongField
from app.jobs.records import FitRecord
from app.jobs.store import Store
from app.schemas.prediction import PredictionRequest

_NOT_ENDED_WELL = "there are no bands: the fit did not succeed, so it has no covariance"
_SINGULAR = "there are no bands: the covariance does not exist, see the warnings of the fit"
_NOT_KEPT = "there are no bands: of many curves with shared parameters, or a robust loss, no covariance is kept"

Numbers = "array[float] | dict[str, array[float]] | None"


@dataclass(frozen=True)
class Fitted:
    """One curve of a fit, as it ended."""

    coefficients: Mapping[str, float]
    statistics: Mapping[str, Any] | None
    message: str | None
    """Why there are no statistics."""


def predict(store: Store, record: FitRecord, request: PredictionRequest, max_points: int) -> dict[str, Any]:
    """The fields of `app.schemas.prediction.Prediction`, columns of numbers as arrays, NaN where there is none.

    Raises InvalidRequestError, NoResultError, CurveNotFoundError.
    """
    fitted = _fitted(store, record, request.curve)
    own = None if request.x is not None else _own_data(store, record, request.curve)
    variables, sigma = _points(record, request, max_points) if own is None else _points_of(own, request)
    return predicted(record, fitted, variables, request.level, sigma) | {
        "residuals": None if own is None else own.y
    }
