"""The model of a fit at other points: from what is stored of it to values and bands."""

from array import array
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from app.fitting.curves.joint_statistics import covariance_in_curve
from app.fitting.formulas.formula import Formula, parse
from app.fitting.problems.data import Data
from app.fitting.problems.losses import needs_threshold
from app.fitting.problems.problem import Problem
from app.fitting.statistics import bands as prediction
from app.fitting.statistics import statistics
from app.fitting.statistics.bands import Band, Uncertainty
from app.jobs.errors import InvalidRequestError, NoResultError, WrongField
from app.jobs.fit.problem import data_of, parameters_of
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.worker.curve_preparation import problem_of_curve
from app.schemas.prediction import PredictionRequest

_DID_NOT_SUCCEED = "there are no bands: the fit did not succeed, so it has no covariance"
_SINGULAR = "there are no bands: the fit has no covariance, see its warnings"
_NOT_KEPT = "there are no bands: of many curves with a robust loss no covariance is kept"


@dataclass(frozen=True)
class Fitted:
    """One curve of a fit, as it ended."""

    coefficients: Mapping[str, float]
    statistics: Mapping[str, Any] | None
    """As `app.fitting.statistics` has them."""
    message: str | None
    """Why there are none."""


def predict(store: Store, record: FitRecord, request: PredictionRequest, max_points: int) -> dict[str, Any]:
    """The fields of `app.schemas.prediction.Prediction`, numbers as arrays, NaN or infinite where there is none.

    Raises InvalidRequestError, NoResultError, CurveNotFoundError.
    """
    fitted = _fitted(store, record, request.curve)
    if record.formula is None:
        raise NoResultError("the degree of the series was not chosen before the fit ended: there is no model")
    formula = parse(record.formula, record.variables)
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
    """Values and bands at variables (points,), for responses of standard deviation `sigma` (points,)."""
    parameters = parameters_of(formula.parameters, record.request["parameters"])
    free = torch.tensor([fitted.coefficients[name] for name in parameters.free], dtype=torch.float64)
    known = _uncertainty(record, fitted.statistics)
    values, bands = prediction.predict(formula, parameters, free, variables, known, level, sigma)
    return {
        "values": _numbers(values),
        "response": record.request["target"].get("response"),
        "level": level,
        "stderr": None if bands is None else _numbers(bands.stderr),
        "confidence": None if bands is None else _limits(bands.confidence),
        "prediction": None if bands is None else _limits(bands.prediction),
        "message": None if bands is not None else fitted.message or _SINGULAR,
    }


def _fitted(store: Store, record: FitRecord, curve: int | None) -> Fitted:
    """One of many curves, or the only one."""
    if record.curves is None:
        if curve is not None:
            raise InvalidRequestError([WrongField(("curve",), "the fit has one curve only: leave it out")])
        if not record.ended or record.result is None:
            raise NoResultError("the fit has no coefficients yet, or none at all: see its status and reason")
        found = record.result["statistics"]
        return Fitted(record.result["coefficients"], found, None if found else _DID_NOT_SUCCEED)
    if curve is None:
        raise InvalidRequestError([WrongField(("curve",), f"say of which curve: 0 to {record.curves - 1}")])
    row = store.curve(record, curve)
    coefficients = {name: value for name, value in row["coefficients"].items() if value is not None}
    if len(coefficients) < len(row["coefficients"]):
        raise NoResultError("this curve has no coefficients: see its reason")
    if row["status"] == "failed":
        return Fitted(coefficients, None, _DID_NOT_SUCCEED)
    if needs_threshold(record.request["loss"]["name"]):
        # Nor is the threshold, on which it depends.
        return Fitted(coefficients, None, _NOT_KEPT)
    problem = problem_of_curve(_here(record), store.arrays(record.number), curve)
    free = problem.start.new_tensor([coefficients[name] for name in problem.parameters.free])
    shared = [name for name, parameter in record.request["parameters"].items() if parameter["shared"]]
    if shared:
        return Fitted(coefficients, _beside_others(record, problem, free, shared), None)
    return Fitted(coefficients, asdict(statistics(problem, free)), None)


def _beside_others(
    record: FitRecord, problem: Problem, free: Tensor, shared: Collection[str]
) -> Mapping[str, Any] | None:
    """Statistics of a global fit with the covariance of one curve's parameters, (free,); None if there is none."""
    joint = (record.result or {}).get("statistics")
    if joint is None or joint["covar"] is None:
        return None
    estimated = record.request["loss"]["name"] == "squares" and not record.request["target"]["sigma_absolute"]
    variance = joint["redchi"] if estimated else 1.0
    own = [name for name in problem.parameters.free if name not in shared]
    of_shared = torch.tensor(joint["covar"], dtype=torch.float64).reshape(2 * [len(joint["var_names"])])
    found = covariance_in_curve(problem, free, own, joint["var_names"], of_shared, variance)
    return None if found is None else {**joint, "var_names": found[0], "covar": found[1].tolist()}


def _own_data(store: Store, record: FitRecord, curve: int | None) -> Data:
    arrays = {} if "function" in record.request["target"] else store.arrays(record.number)
    if curve is None:
        return data_of(_here(record), arrays)
    return problem_of_curve(_here(record), arrays, curve).data


def _here(record: FitRecord) -> dict[str, Any]:
    """The request, for a process without the device that the fit was trained on."""
    return {**record.request, "device": "cpu"}


def _variables(
    record: FitRecord, formula: Formula, x: list[float] | dict[str, list[float]], max_points: int
) -> dict[str, Tensor]:
    """The predictor variables (points,) that a request gives. Raises InvalidRequestError."""
    if isinstance(x, list):
        if len(record.variables) > 1:
            names = ", ".join(record.variables)
            raise InvalidRequestError([WrongField(("x",), f"give the predictor variables by name: {names}")])
        x = {record.variables[0]: x}
    wrong = [WrongField(("x", name), "the fit has no such variable") for name in x if name not in record.variables]
    # A model may leave a variable of its data unused.
    needed = formula.variables if len(record.variables) > 1 else record.variables
    wrong += [WrongField(("x",), f"give the predictor variable {name}") for name in sorted({*needed} - {*x})]
    lengths = {len(column) for column in x.values()}
    if len(lengths) > 1:
        wrong.append(WrongField(("x",), "all predictor variables must have as many points"))
    if max(lengths) > max_points:
        wrong.append(WrongField(("x",), f"at most {max_points} points are allowed here"))
    if wrong:
        raise InvalidRequestError(wrong)
    return {name: _tensor(column) for name, column in x.items()}


def _uncertainty(record: FitRecord, found: Mapping[str, Any] | None) -> Uncertainty | None:
    if found is None or found["covar"] is None:
        return None
    loss = record.request.get("loss", {}).get("name", "squares")
    # As for the confidence intervals: Student's t only where a sum of squares had to tell the variance too.
    estimated = loss == "squares" and not record.request["target"].get("sigma_absolute")
    variance = found.get("response_variance", found["redchi"] if estimated else 1.0)
    covariance = torch.tensor(found["covar"], dtype=torch.float64)
    return Uncertainty(found["var_names"], covariance, variance, found["nfree"] if estimated else None)


def _tensor(numbers: "list[float] | array[float]") -> Tensor:
    return torch.frombuffer(array("d", numbers), dtype=torch.float64)


def _limits(band: Band) -> "dict[str, array[float]]":
    return {"lower": _numbers(band.lower), "upper": _numbers(band.upper)}


def _numbers(values: Tensor) -> "array[float]":
    return array("d", values.numpy().tobytes())
