"""The model of a fit at other points: from what is stored of it to values and bands."""

from array import array
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from app.fitting.formula import Formula, parse
from app.fitting.losses import SHAPES
from app.fitting.prediction import Uncertainty, bands, finite, model_at
from app.fitting.statistics import statistics
from app.jobs.building import parameters_of
from app.jobs.curve_preparation import problem_of_curve
from app.jobs.errors import InvalidRequestError, NoResultError, WrongField
from app.jobs.records import FitRecord
from app.jobs.store import Store
from app.schemas.prediction import Band, Prediction, PredictionRequest

NO_BANDS = (
    "there are no bands: the fit has no covariance, see its warnings; or it is one of many curves with shared "
    "parameters or a robust loss, of which none is kept"
)


def predict(store: Store, record: FitRecord, request: PredictionRequest) -> Prediction:
    """Values and bands. Raises InvalidRequestError, NoResultError, CurveNotFoundError."""
    coefficients, found = _result(store, record, request.curve)
    if record.formula is None:
        raise NoResultError("the degree of the series is not chosen yet: ask again when the fit has ended")
    formula = parse(record.formula, record.variables)
    variables = _variables(record, formula, request)
    parameters = parameters_of(formula.parameters, record.request["parameters"])
    free = torch.tensor([coefficients[name] for name in parameters.free], dtype=torch.float64)
    values, jacobian = model_at(formula, parameters, free, variables)
    known = _uncertainty(record, found)
    response = record.request["target"].get("response")
    if known is None:
        return Prediction(
            values=finite(values),
            response=response,
            level=request.level,
            stderr=None,
            confidence=None,
            prediction=None,
            message=NO_BANDS,
        )
    sigma = None if request.sigma is None else torch.tensor(request.sigma, dtype=torch.float64)
    wide = bands(jacobian, parameters.free, known, request.level, sigma)
    return Prediction(
        values=finite(values),
        response=response,
        level=request.level,
        stderr=finite(wide.stderr),
        confidence=_band(values, wide.confidence),
        prediction=_band(values, wide.prediction),
        message=None,
    )


def _result(store: Store, record: FitRecord, curve: int | None) -> tuple[Mapping[str, float], Mapping[str, Any] | None]:
    """Coefficients and statistics, of one of many curves or of the only one."""
    if record.curves is None:
        if curve is not None:
            raise InvalidRequestError([WrongField(("curve",), "the fit has one curve only: leave it out")])
        if not record.ended or record.result is None:
            raise NoResultError("the fit has no coefficients yet, or none at all: see its status and reason")
        return record.result["coefficients"], record.result["statistics"]
    if curve is None:
        raise InvalidRequestError([WrongField(("curve",), f"say of which curve: 0 to {record.curves - 1}")])
    row = store.curve(record, curve)
    coefficients = {name: value for name, value in row["coefficients"].items() if value is not None}
    if len(coefficients) < len(row["coefficients"]):
        raise NoResultError("this curve has no coefficients: see its reason")
    # What else the covariance depends on, other curves or the threshold of a robust loss, is not kept.
    shares = any(parameter["shared"] for parameter in record.request["parameters"].values())
    if row["status"] == "failed" or shares or record.request["loss"]["name"] in SHAPES:
        return coefficients, None
    problem = problem_of_curve(record.request, store.arrays(record.number), curve)
    free = problem.start.new_tensor([coefficients[name] for name in problem.parameters.free])
    return coefficients, asdict(statistics(problem, free))


def _variables(record: FitRecord, formula: Formula, request: PredictionRequest) -> dict[str, Tensor]:
    given = request.x if isinstance(request.x, dict) else {"x": request.x}
    wrong = [
        WrongField(("x",), f"give the predictor variable {name}")
        for name in record.variables
        if name not in given and (name in formula.variables or len(record.variables) == 1)
    ]
    lengths = {len(column) for column in given.values()}
    if len(lengths) > 1:
        wrong.append(WrongField(("x",), "all predictor variables must have as many points"))
    if request.sigma is not None and len(request.sigma) not in lengths:
        wrong.append(WrongField(("sigma",), "give one for each point"))
    if wrong:
        raise InvalidRequestError(wrong)
    return {name: torch.frombuffer(array("d", column), dtype=torch.float64) for name, column in given.items()}


def _uncertainty(record: FitRecord, found: Mapping[str, Any] | None) -> Uncertainty | None:
    if found is None or found["covar"] is None:
        return None
    counts = record.request.get("loss", {}).get("name") == "poisson"
    absolute = counts or bool(record.request["target"].get("sigma_absolute"))
    variance = 1.0 if absolute else found["redchi"]
    if variance is None:
        return None
    covariance = torch.tensor(found["covar"], dtype=torch.float64)
    return Uncertainty(found["var_names"], covariance, variance, None if absolute else found["nfree"])


def _band(values: Tensor, wide: Tensor) -> Band:
    return Band(lower=finite(values - wide), upper=finite(values + wide))
