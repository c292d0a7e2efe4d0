"""A fitted model with its coefficients and their uncertainty, from what is stored of the fit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from app.fitting.curves.joint_statistics import covariance_in_curve
from app.fitting.formulas.formula import Formula, parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.losses import make_loss, needs_threshold
from app.fitting.problems.problem import Problem
from app.fitting.statistics import Statistics, statistics
from app.fitting.statistics.bands import Uncertainty
from app.jobs.data.columns import Arrays, StoredData
from app.jobs.errors import InvalidRequestError, NoResultError, WrongField
from app.jobs.fit.problem import columns_of, curve_alone, parameters_of
from app.jobs.fit.stored import StoredFit
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.status import Status

DID_NOT_SUCCEED = "the fit did not succeed, so it has no covariance"
_SINGULAR = "the fit has no covariance, see its warnings"
NOT_KEPT = "of many curves with a robust loss no covariance is kept"
"""What older versions say; they did not keep the thresholds on which it depends."""


@dataclass(frozen=True)
class FittedModel:
    """One curve of a fit, as it ended."""

    fit: StoredFit
    formula: Formula
    coefficients: Mapping[str, float]
    statistics: Statistics | None
    reason: str | None
    """Why there are no statistics, in words."""

    @cached_property
    def parameters(self) -> Parameters:
        """Return the parameters of the formula, as the fit wants them."""
        return parameters_of(self.formula.parameters, self.fit.parameters)

    @property
    def free(self) -> Tensor:
        """Return the coefficients of the free parameters, (free,), float64."""
        return torch.tensor([self.coefficients[name] for name in self.parameters.free], dtype=torch.float64)

    @property
    def uncertainty(self) -> Uncertainty | None:
        """Return the uncertainty of the coefficients; None where there is no covariance."""
        known = self.statistics
        if known is None or known.covar is None:
            return None
        # As for the confidence intervals: Student's t only where the variance was estimated.
        degrees_of_freedom = known.nfree if estimates_variance(self.fit) else None
        covariance = torch.tensor(known.covar, dtype=torch.float64).reshape(2 * [len(known.var_names)])
        return Uncertainty(known.var_names, covariance, known.response_variance, degrees_of_freedom)

    @property
    def without_covariance(self) -> str:
        """Return why there is no covariance, in words."""
        return self.reason or _SINGULAR


def fitted_model(store: Store, record: FitRecord, curve: int | None) -> FittedModel:
    """Return one of many curves, or the only curve, as it ended.

    Raises InvalidRequestError at `curve` where one is missing or too much, NoResultError if there are no coefficients,
    and CurveNotFoundError if there is no such curve.
    """
    curves = record.fit.curves
    if curves is None:
        if curve is not None:
            raise InvalidRequestError([WrongField(("curve",), "the fit has one curve only: leave it out")])
        if not record.ended or record.result is None:
            raise NoResultError("the fit has no coefficients yet, or none at all: see its status and reason")
        known = record.result.statistics
        return _model(record, record.result.coefficients, known, None if known else DID_NOT_SUCCEED)
    if curve is None:
        raise InvalidRequestError([WrongField(("curve",), f"say of which curve: 0 to {curves - 1}")])
    row = store.curves.one(record, curve)
    coefficients = {name: value for name, value in row["coefficients"].items() if value is not None}
    if len(coefficients) < len(row["coefficients"]):
        raise NoResultError("this curve has no coefficients: see its reason")
    if row["status"] == Status.FAILED:
        return _model(record, coefficients, None, DID_NOT_SUCCEED)
    threshold = threshold_of(record, row)
    if needs_threshold(record.fit.loss.name) and threshold is None:
        return _model(record, coefficients, None, NOT_KEPT)
    problem = curve_alone(*data_of(store, record, range(curve, curve + 1)))
    problem = replace(problem, loss_function=make_loss(record.fit.loss.name, threshold))
    free = problem.start.new_tensor([coefficients[name] for name in problem.parameters.free])
    if record.fit.shared:
        return _model(record, coefficients, beside_others(record, problem, free), None)
    return _model(record, coefficients, statistics(problem, free), None)


def own_data(store: Store, record: FitRecord, curve: int | None) -> Data:
    """Return the data that the model was fitted to, in the number format of the training."""
    fit, arrays = data_of(store, record, None if curve is None else range(curve, curve + 1))
    columns = columns_of(fit.target, arrays, fit.dtype, fit.device)
    return Data(columns.variables, columns.y, columns.factor, fit.sigma_is_absolute)


def estimates_variance(fit: StoredFit) -> bool:
    """Tell whether the variance of y was estimated from the residuals of a sum of squares."""
    return fit.loss.name == "squares" and not fit.sigma_is_absolute


def _model(
    record: FitRecord, coefficients: Mapping[str, float], known: Statistics | None, reason: str | None
) -> FittedModel:
    if record.formula is None:
        raise NoResultError("the degree of the series was not chosen before the fit ended: there is no model")
    return FittedModel(record.fit, parse(record.formula, record.fit.variables), coefficients, known, reason)


def threshold_of(record: FitRecord, row: Mapping[str, Any]) -> float | None:
    """Return the threshold of a curve's robust loss; None if it has no such loss, or the threshold was not kept."""
    given = record.fit.loss.threshold
    if not needs_threshold(record.fit.loss.name):
        return None
    return given if isinstance(given, int | float) else row.get("threshold")


def beside_others(record: FitRecord, problem: Problem, free: Tensor) -> Statistics | None:
    """Return the statistics of a global fit with the covariance of one curve's parameters, if there is a covariance.

    `free` (parameters,) are the coefficients of the curve's free parameters.
    """
    joint = None if record.result is None else record.result.statistics
    if joint is None or joint.covar is None:
        return None
    variance = joint.redchi if estimates_variance(record.fit) else 1.0
    own = [name for name in problem.parameters.free if name not in record.fit.shared]
    of_shared = torch.tensor(joint.covar, dtype=torch.float64).reshape(2 * [len(joint.var_names)])
    if variance is None:
        return None
    within = covariance_in_curve(problem, free, own, joint.var_names, of_shared, variance)
    return None if within is None else replace(joint, var_names=within[0], covar=within[1].tolist())


def data_of(store: Store, record: FitRecord, curves: range | None) -> tuple[StoredFit, Arrays]:
    """Return a fit, or that of some of its many curves, and its numbers, for a process without its device."""
    fit = replace(record.fit, device="cpu")
    if curves is None:
        return fit, store.data(record).arrays
    if not isinstance(fit.target, StoredData):
        raise TypeError("only data have many curves")
    target, arrays = store.curves_data(record, fit.target, curves)
    return replace(fit, target=target), arrays
