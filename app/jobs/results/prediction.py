"""Values and bands of a fitted model at other points, from what is stored of the fit."""

from array import array
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula, parse
from app.fitting.statistics import bands
from app.fitting.statistics.bands import Band, Bands
from app.jobs.errors import InvalidRequestError, NoResultError, WrongField
from app.jobs.results.fitted import fitted_model, own_data
from app.jobs.results.fitted_curves import FittedCurves, batches, page_of
from app.jobs.store.curve_labels import curve_labelled
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.prediction import PredictionRequest


def predict(store: Store, record: FitRecord, request: PredictionRequest, max_points: int) -> dict[str, Any]:
    """Return the fields of `app.schemas.prediction.Prediction`; numbers are arrays, NaN where one does not exist.

    Raises InvalidRequestError for points that do not fit the model, NoResultError if there are no coefficients, and
    CurveNotFoundError if there is no such curve.
    """
    curve = request.curve if request.label is None else curve_labelled(store, record, request.label)
    model = fitted_model(store, record, curve)
    sigma = None if request.sigma is None else _tensor(request.sigma)
    if request.x is None:
        own = own_data(store, record, curve)
        variables = {name: column.double() for name, column in own.variables.items()}
        sigma = 1 / own.factor.double() if sigma is None and own.factor is not None else sigma
    else:
        own, variables = None, _variables(record, model.formula, request.x, max_points)
    _check_sigma(sigma, variables)
    fitted = (model.formula, model.parameters, model.free)
    reason = model.without_covariance
    answer = _predicted(*bands.predict(*fitted, variables, model.uncertainty, request.level, sigma), reason)
    residuals = None if own is None else _numbers(own.y.double() - _tensor(answer["values"]))
    return {**answer, "response": record.fit.response, "level": request.level, "residuals": residuals}


def predict_curves(store: Store, record: FitRecord, request: PredictionRequest, max_points: int) -> dict[str, Any]:
    """Return the fields of `app.schemas.prediction.PredictionPage`, for the curves that a request names.

    Raises what `predict` raises; a curve without coefficients has no values.
    """
    if record.formula is None:
        raise NoResultError("the degree of the series was not chosen before the fit ended: there is no model")
    formula = parse(record.formula, record.fit.variables)
    variables = None if request.x is None else _variables(record, formula, request.x, max_points)
    sigma = None if request.sigma is None else _tensor(request.sigma)
    _check_sigma(sigma, variables or {})
    page, has_more = page_of(store, record, request.curves or "all", request.after, request.limit)
    return {
        "object": "list",
        "response": record.fit.response,
        "level": request.level,
        "data": (
            {"curve": curves.numbers[place], "label": curves.labels[place]}
            | _of_curve(formula, curves, place, variables, request.level, sigma)
            for curves in batches(store, record, page)
            for place in range(len(curves.numbers))
        ),
        "has_more": has_more,
        "last_curve": page[-1]["curve"] if page else None,
    }


def _of_curve(
    formula: Formula,
    curves: FittedCurves,
    place: int,
    variables: Mapping[str, Tensor] | None,
    level: float,
    sigma: Tensor | None,
) -> dict[str, Any]:
    """Return values and bands of one of several curves, at its own points where no `variables` are given."""
    free, own = curves.free[:, place], None
    if not bool(free.isfinite().all()):
        return _NOTHING | {"message": f"there are no values: {curves.reasons[place]}"}
    if variables is None:
        own = curves.data(place)
        variables = {name: column.double() for name, column in own.variables.items()}
        sigma = None if own.factor is None else 1 / own.factor.double()
    known = curves.uncertainty(place)
    values, around = bands.predict(formula, curves.parameters, free, variables, known, level, sigma)
    residuals = None if own is None else (own.y.double() - values).tolist()
    return _listed(_predicted(values, around, curves.reasons[place])) | {"residuals": residuals}


_NOTHING = dict.fromkeys(("values", "residuals", "stderr", "confidence", "prediction"))


def _check_sigma(sigma: Tensor | None, variables: Mapping[str, Tensor]) -> None:
    points = len(next(iter(variables.values()), ()))
    if sigma is not None and len(sigma) != points:
        raise InvalidRequestError([WrongField(("sigma",), f"give one for each of the {points} points")])


def _predicted(values: Tensor, around: Bands | None, reason: str | None) -> dict[str, Any]:
    """Return values (points,) and bands about them, or the reason why there are none."""
    return {
        "values": _numbers(values),
        "stderr": None if around is None else _numbers(around.stderr),
        "confidence": None if around is None else _limits(around.confidence),
        "prediction": None if around is None else _limits(around.prediction),
        "message": None if around is not None else f"there are no bands: {reason}",
    }


def _listed(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer with lists in place of arrays, at any depth."""
    return {
        name: value.tolist() if isinstance(value, array) else _listed(value) if isinstance(value, Mapping) else value
        for name, value in answer.items()
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
