"""A fit as a picture shows it: points, residuals, curve, bands."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula, parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.statistics import bands
from app.fitting.statistics.bands import Band, Bands, Uncertainty
from app.jobs.data.columns import SIGMA
from app.jobs.errors import NoResultError
from app.jobs.fit.problem import columns_of, parameters_of
from app.jobs.results.fitted import data_of, fitted_model
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.views.points import Points, grid, listed

GRID = 400
"""About how many x a curve is drawn at."""


@dataclass(frozen=True)
class Window:
    """The part of a picture that is looked at."""

    lower: float | None
    """Least x; None: that of the data."""
    upper: float | None
    """Greatest x; None: that of the data."""
    points: int
    """Most points."""
    level: float
    """Confidence level of the bands."""


@dataclass(frozen=True)
class Curve:
    """A model with coefficients, and how sure these are."""

    formula: Formula
    parameters: Parameters
    free: Tensor
    """Coefficients of the free parameters, (free,), float64."""
    uncertainty: Uncertainty | None
    message: str | None
    """Why there is no uncertainty, in words."""

    def at(self, variables: dict[str, Tensor]) -> Tensor:
        """Return the model (points,) at these variables, (points,) each."""
        values, _ = bands.predict(self.formula, self.parameters, self.free, variables, None, 0.5)
        return values


def view_of(store: Store, record: FitRecord, curve: int | None, window: Window) -> dict[str, Any]:
    """Return the fields of `app.schemas.view.FitView`.

    Raises CurveNotFoundError and InvalidRequestError as `fitted_model` does, and NoResultError for a fit of several
    variables without coefficients: its picture is y against the fitted value.
    """
    model, message = _curve_of(store, record, curve)
    data, has_sigma = _data_of(store, record, curve)
    variables = {name: column.double() for name, column in data.variables.items()}
    fitted = None if model is None else model.at(variables)
    if len(variables) > 1:
        if fitted is None:
            raise NoResultError("a fit of several variables has a picture once it has coefficients")
        return _common(record, curve, window) | _observed_against_fitted(data, fitted, window)
    ((name, x),) = variables.items()
    points = Points.of(data, x, fitted)
    inside = points.between(window.lower, window.upper)
    at = grid(*_ends(x, window), GRID)
    sigma = points.sigma_at(at)
    values, around = (None, None) if model is None else _drawn(model, {name: at}, window.level, sigma)
    start = _start_of(record)
    return _common(record, curve, window) | {
        "x_label": name,
        "total_points": len(inside.x),
        "points": inside.thinned(window.points).to_json(has_sigma),
        "x": at.tolist(),
        "line": None if values is None else listed(values),
        "start_line": None if start is None else listed(start.at({name: at})),
        "confidence": None if around is None else _limits(around.confidence),
        "prediction": None if around is None else _limits(around.prediction),
        "message": message or (None if model is None else model.message),
    }


def _data_of(store: Store, record: FitRecord, curve: int | None) -> tuple[Data, bool]:
    """Return the data of a curve, and whether the factors of its residuals are those of standard deviations."""
    fit, arrays = data_of(store, record, None if curve is None else range(curve, curve + 1))
    columns = columns_of(fit.target, arrays, fit.dtype)
    return Data(columns.variables, columns.y, columns.factor, fit.sigma_is_absolute), SIGMA in arrays


def _curve_of(store: Store, record: FitRecord, curve: int | None) -> tuple[Curve | None, str | None]:
    """Return the fitted model, while it is trained that of its newest coefficients, or why there is none."""
    try:
        model = fitted_model(store, record, curve)
    except NoResultError as error:
        newest = None if record.fit.curves or record.result is None else record.result.coefficients
        return _with_coefficients(record, newest), str(error)
    known = model.uncertainty
    reason = model.without_covariance if known is None else None
    return Curve(model.formula, model.parameters, model.free, known, reason), None


def _start_of(record: FitRecord) -> Curve | None:
    """Return the model at its start values, once they are known; of many curves none are kept."""
    return None if record.result is None or record.fit.curves else _with_coefficients(record, record.result.start)


def _with_coefficients(record: FitRecord, coefficients: dict[str, float] | None) -> Curve | None:
    if not coefficients or record.formula is None:
        return None
    formula = parse(record.formula, record.fit.variables)
    parameters = parameters_of(formula.parameters, record.fit.parameters)
    if not all(name in coefficients for name in parameters.free):
        return None
    free = torch.tensor([coefficients[name] for name in parameters.free], dtype=torch.float64)
    return Curve(formula, parameters, free, None, None)


def _drawn(
    model: Curve, variables: dict[str, Tensor], level: float, sigma: Tensor | None
) -> tuple[Tensor, Bands | None]:
    return bands.predict(model.formula, model.parameters, model.free, variables, model.uncertainty, level, sigma)


def _common(record: FitRecord, curve: int | None, window: Window) -> dict[str, Any]:
    response = record.fit.response
    return {"object": "fit_view", "fit": record.id, "curve": curve, "y_label": response or "y", "level": window.level}


def _observed_against_fitted(data: Data, fitted: Tensor, window: Window) -> dict[str, Any]:
    """Return the picture of a fit of several variables: y against the fitted value, and the line where both agree."""
    inside = Points.of(data, fitted, fitted).between(window.lower, window.upper)
    at = grid(*_ends(fitted, window), 2)
    return {
        "x_label": "fitted value",
        "total_points": len(inside.x),
        "points": inside.thinned(window.points).to_json(has_sigma=False),
        "x": at.tolist(),
        "line": at.tolist(),
        **dict.fromkeys(("start_line", "confidence", "prediction")),
        "message": "the fit has several variables: the picture is y against the fitted value",
    }


def _ends(x: Tensor, window: Window) -> tuple[float, float]:
    finite = x[x.isfinite()]
    low, high = (0.0, 1.0) if len(finite) == 0 else (finite.min().item(), finite.max().item())
    return low if window.lower is None else window.lower, high if window.upper is None else window.upper


def _limits(band: Band) -> dict[str, list[float | None]]:
    return {"lower": listed(band.lower), "upper": listed(band.upper)}
