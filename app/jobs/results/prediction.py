"""Values and bands of a fitted model at other points, from what is stored of the fit."""

from array import array
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula
from app.fitting.statistics import bands
from app.fitting.statistics.bands import Band
from app.jobs.errors import InvalidRequestError, WrongField
from app.jobs.results.fitted import FittedModel, fitted_model, own_data
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.prediction import PredictionRequest


def predict(store: Store, record: FitRecord, request: PredictionRequest, max_points: int) -> dict[str, Any]:
    """Return the fields of `app.schemas.prediction.Prediction`; numbers are arrays, NaN where one does not exist.

    Raises InvalidRequestError for points that do not fit the model, NoResultError if there are no coefficients, and
    CurveNotFoundError if there is no such curve.
    """
    model = fitted_model(store, record, request.curve)
    sigma = None if request.sigma is None else _tensor(request.sigma)
    if request.x is None:
        own = own_data(store, record, request.curve)
        variables = {name: column.double() for name, column in own.variables.items()}
        sigma = 1 / own.factor.double() if sigma is None and own.factor is not None else sigma
    else:
        own, variables = None, _variables(record, model.formula, request.x, max_points)
    points = len(next(iter(variables.values())))
    if sigma is not None and len(sigma) != points:
        raise InvalidRequestError([WrongField(("sigma",), f"give one for each of the {points} points")])
    answer = _predicted(model, variables, request.level, sigma)
    residuals = None if own is None else _numbers(own.y.double() - _tensor(answer["values"]))
    return answer | {"residuals": residuals}


def _predicted(
    model: FittedModel, variables: Mapping[str, Tensor], level: float, sigma: Tensor | None
) -> dict[str, Any]:
    """Return values and bands at variables (points,), for responses of standard deviation `sigma` (points,)."""
    fitted = (model.formula, model.parameters, model.free)
    values, around = bands.predict(*fitted, variables, model.uncertainty, level, sigma)
    return {
        "values": _numbers(values),
        "response": model.fit.response,
        "level": level,
        "stderr": None if around is None else _numbers(around.stderr),
        "confidence": None if around is None else _limits(around.confidence),
        "prediction": None if around is None else _limits(around.prediction),
        "message": None if around is not None else f"there are no bands: {model.without_covariance}",
    }


def _variables(
    record: FitRecord, formula: Formula, x: list[float] | dict[str, list[float]], max_points: int
) -> dict[str, Tensor]:
    """Return the predictor variables (points,) of a request. Raises InvalidRequestError if they don't fit the model."""
    known = record.fit.variables
    if isinstance(x, list):
        if len(known) > 1:
            words = f"give the predictor variables by name: {', '.join(known)}"
            raise InvalidRequestError([WrongField(("x",), words)])
        x = {known[0]: x}
    wrong = [WrongField(("x", name), "the fit has no such variable") for name in x if name not in known]
    # A model may leave a variable of its data unused.
    needed = formula.variables if len(known) > 1 else known
    wrong += [WrongField(("x",), f"give the predictor variable {name}") for name in sorted({*needed} - {*x})]
    lengths = {len(column) for column in x.values()}
    if len(lengths) > 1:
        wrong.append(WrongField(("x",), "all predictor variables must have as many points"))
    if max(lengths) > max_points:
        wrong.append(WrongField(("x",), f"at most {max_points} points are allowed here"))
    if wrong:
        raise InvalidRequestError(wrong)
    return {name: _tensor(column) for name, column in x.items()}


def _tensor(numbers: "list[float] | array[float]") -> Tensor:
    return torch.frombuffer(array("d", numbers), dtype=torch.float64)


def _limits(band: Band) -> "dict[str, array[float]]":
    return {"lower": _numbers(band.lower), "upper": _numbers(band.upper)}


def _numbers(values: Tensor) -> "array[float]":
    return array("d", values.numpy().tobytes())
