"""Values and bands of a fitted model at other points, from what is stored of the fit."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from app.fitting.curves.joint_statistics import covariance_in_curve
from app.fitting.formulas.formula import Formula, parse
from app.fitting.problems.data import Data
from app.fitting.problems.losses import needs_threshold
from app.fitting.problems.problem import Problem
from app.fitting.statistics import Statistics, bands, statistics
from app.fitting.statistics.bands import Band, Uncertainty
from app.jobs.data.columns import Arrays, StoredData
from app.jobs.errors import InvalidRequestError, NoResultError, WrongField
from app.jobs.fit.problem import columns_of, curve_alone, parameters_of
from app.jobs.fit.stored import StoredFit
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.prediction import PredictionRequest
from app.schemas.status import Status

_DID_NOT_SUCCEED = "there are no bands: the fit did not succeed, so it has no covariance"
_SINGULAR = "there are no bands: the fit has no covariance, see its warnings"
_NOT_KEPT = "there are no bands: of many curves with a robust loss no covariance is kept"


@dataclass(frozen=True)
class Fitted:
    """One curve of a fit, as it ended."""

    coefficients: Mapping[str, float]
    statistics: Statistics | None
    message: str | None
    """Why there are no statistics."""


def predict(store: Store, record: FitRecord, request: PredictionRequest, max_points: int) -> dict[str, Any]:
    """Return the fields of `app.schemas.prediction.Prediction`; numbers are arrays, NaN where one does not exist.

    Raises InvalidRequestError for points that do not fit the model, NoResultError if there are no coefficients, and
    CurveNotFoundError if there is no such curve.
    """
    fitted = _fitted(store, record, request.curve)
    if record.formula is None:
        raise NoResultError("the degree of the series was not chosen before the fit ended: there is no model")
    formula = parse(record.formula, record.fit.variables)
    sigma = None if request.sigma is None else _tensor(request.sigma)
    if request.x is None:
        own = _own_data(store, record, request.curve)
        variables = {name: column.double() for name, column in own.variables.items()}
        sigma = 1 / own.factor.double() if sigma is None and own.factor is not None else sigma
    else:
        own, variables = None, _variables(record, formula, request.x, max_points)
    points = len(next(iter(variables.values())))
    if sigma is not None and len(sigma) != points:
        raise InvalidRequestError([WrongField(("sigma",), f"give one for each of the {points} points")])
    answer = predicted(record, formula, fitted, variables, request.level, sigma)
    residuals = None if own is None else _numbers(own.y.double() - _tensor(answer["values"]))
    return answer | {"residuals": residuals}


def predicted(
    record: FitRecord,
    formula: Formula,
    fitted: Fitted,
    variables: Mapping[str, Tensor],
    level: float,
    sigma: Tensor | None,
) -> dict[str, Any]:
    """Return values and bands at variables (points,), for responses of standard deviation `sigma` (points,)."""
    parameters = parameters_of(formula.parameters, record.fit.parameters)
    free = torch.tensor([fitted.coefficients[name] for name in parameters.free], dtype=torch.float64)
    known = _uncertainty(record.fit, fitted.statistics)
    values, bands_around = bands.predict(formula, parameters, free, variables, known, level, sigma)
    return {
        "values": _numbers(values),
        "response": record.fit.response,
        "level": level,
        "stderr": None if bands_around is None else _numbers(bands_around.stderr),
        "confidence": None if bands_around is None else _limits(bands_around.confidence),
        "prediction": None if bands_around is None else _limits(bands_around.prediction),
        "message": None if bands_around is not None else fitted.message or _SINGULAR,
    }


def _fitted(store: Store, record: FitRecord, curve: int | None) -> Fitted:
    """Return one of many curves, or the only curve, as it ended."""
    curves = record.fit.curves
    if curves is None:
        if curve is not None:
            raise InvalidRequestError([WrongField(("curve",), "the fit has one curve only: leave it out")])
        if not record.ended or record.result is None:
            raise NoResultError("the fit has no coefficients yet, or none at all: see its status and reason")
        known = record.result.statistics
        return Fitted(record.result.coefficients, known, None if known else _DID_NOT_SUCCEED)
    if curve is None:
        raise InvalidRequestError([WrongField(("curve",), f"say of which curve: 0 to {curves - 1}")])
    row = store.curve(record, curve)
    coefficients = {name: value for name, value in row["coefficients"].items() if value is not None}
    if len(coefficients) < len(row["coefficients"]):
        raise NoResultError("this curve has no coefficients: see its reason")
    if row["status"] == Status.FAILED:
        return Fitted(coefficients, None, _DID_NOT_SUCCEED)
    if needs_threshold(record.fit.loss.name):
        # Nor is the threshold, on which it depends.
        return Fitted(coefficients, None, _NOT_KEPT)
    problem = curve_alone(*_of_curve(store, record, curve))
    free = problem.start.new_tensor([coefficients[name] for name in problem.parameters.free])
    if record.fit.shared:
        return Fitted(coefficients, _beside_others(record, problem, free), None)
    return Fitted(coefficients, statistics(problem, free), None)


def _beside_others(record: FitRecord, problem: Problem, free: Tensor) -> Statistics | None:
    """Return the statistics of a global fit with the covariance of one curve's parameters, if there is a covariance.

    `free` (parameters,) are the coefficients of the curve's free parameters.
    """
    joint = None if record.result is None else record.result.statistics
    if joint is None or joint.covar is None:
        return None
    variance = joint.redchi if _estimates_variance(record.fit) else 1.0
    own = [name for name in problem.parameters.free if name not in record.fit.shared]
    of_shared = torch.tensor(joint.covar, dtype=torch.float64).reshape(2 * [len(joint.var_names)])
    if variance is None:
        return None
    within = covariance_in_curve(problem, free, own, joint.var_names, of_shared, variance)
    return None if within is None else replace(joint, var_names=within[0], covar=within[1].tolist())


def _own_data(store: Store, record: FitRecord, curve: int | None) -> Data:
    fit, arrays = (_here(record), store.data(record).arrays) if curve is None else _of_curve(store, record, curve)
    columns = columns_of(fit.target, arrays, fit.dtype, fit.device)
    return Data(columns.variables, columns.y, columns.factor, fit.sigma_is_absolute)


def _of_curve(store: Store, record: FitRecord, curve: int) -> tuple[StoredFit, Arrays]:
    """Return the fit of one of many curves, and the numbers of this curve."""
    fit = _here(record)
    if not isinstance(fit.target, StoredData):
        raise TypeError("only data have many curves")
    target, arrays = store.curve_data(record, fit.target, curve)
    return replace(fit, target=target), arrays


def _here(record: FitRecord) -> StoredFit:
    """Return the fit for a process without the device that it was trained on."""
    return replace(record.fit, device="cpu")


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


def _estimates_variance(fit: StoredFit) -> bool:
    """Tell whether the variance of y was estimated from the residuals of a sum of squares."""
    return fit.loss.name == "squares" and not fit.sigma_is_absolute


def _uncertainty(fit: StoredFit, known: Statistics | None) -> Uncertainty | None:
    if known is None or known.covar is None:
        return None
    # As for the confidence intervals: Student's t only where the variance was estimated.
    degrees_of_freedom = known.nfree if _estimates_variance(fit) else None
    covariance = torch.tensor(known.covar, dtype=torch.float64)
    return Uncertainty(known.var_names, covariance, known.response_variance, degrees_of_freedom)


def _tensor(numbers: "list[float] | array[float]") -> Tensor:
    return torch.frombuffer(array("d", numbers), dtype=torch.float64)


def _limits(band: Band) -> "dict[str, array[float]]":
    return {"lower": _numbers(band.lower), "upper": _numbers(band.upper)}


def _numbers(values: Tensor) -> "array[float]":
    return array("d", values.numpy().tobytes())
