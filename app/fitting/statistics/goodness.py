"""The goodness of a fit: single numbers that say how well a model follows its data."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.problems.data import Data
from app.fitting.problems.losses import Loss, Poisson, SumOfSquares, robust_standard_deviation, weighted_residual
from app.fitting.problems.problem import Problem
from app.fitting.statistics.covariance import Estimate


def rmse(loss: Loss, model: Tensor, data: Data, chisqr: float) -> float | None:
    """Return sqrt(sum w (y - model)^2 / sum w), w the weights: in the unit of y, however these are scaled.

    It is None where all weights are 0.
    """
    weight = float(len(data.y)) if data.factor is None else data.factor.double().square().sum().item()
    if isinstance(loss, Poisson):
        chisqr = weighted_residual(model, data.y, data.factor).double().square().sum().item()
    return math.sqrt(chisqr / weight) if weight > 0 else None


def chi2_pvalue(loss: Loss, data: Data, chisqr: float, nfree: int) -> float | None:
    """Return the probability of a chi-squared that is as large or larger, with `nfree` degrees of freedom.

    It is None where sigma is not absolute, the loss is no sum of squares, or there are no degrees of freedom.
    """
    if not (data.sigma_is_absolute and isinstance(loss, SumOfSquares) and nfree > 0 and math.isfinite(chisqr)):
        return None
    halves = torch.tensor([nfree / 2, chisqr / 2], dtype=torch.float64)
    probability: float = torch.special.gammaincc(*halves).item()
    return probability


def rsquared(problem: Problem, fit_estimate: Estimate) -> tuple[float | None, float | None]:
    """Return rsquared and adjusted rsquared.

    rsquared is 1 - chisqr / sum w (y - mean y)^2, with w the weights, by which the mean is weighted too. Both are None
    for counts, and for robust losses, where outliers would decide both sums. A linear model without a constant is
    compared with 0 and not with the mean: sum w y^2 takes the place of that sum.
    """
    if not isinstance(problem.loss_function, SumOfSquares):
        return None, None
    centred = fit_estimate.follows_constants or not problem.is_linear
    total = _scatter(problem.data, centred)
    if not total > 0:
        return None, None
    unexplained, ndata = fit_estimate.chisqr / total, len(problem.data.y)
    return 1 - unexplained, 1 - unexplained * (ndata - centred) / fit_estimate.nfree if fit_estimate.nfree > 0 else None


def _scatter(data: Data, centred: bool) -> float:
    """Return sum w (y - mean y)^2, or sum w y^2; NaN where a mean is asked for and all weights are 0."""
    y = data.y.double()
    if data.factor is None:
        around = y - y.mean() if centred else y
        return (around @ around).item()
    weights = data.factor.double().square()
    around = y - weights @ y / weights.sum() if centred else y
    return (weights @ around.square()).item()


@dataclass(frozen=True)
class Criteria:
    """Information criteria; None for robust losses, which have no likelihood, and where there are too few points."""

    aic: float | None
    aicc: float | None
    bic: float | None


def criteria(loss: Loss, model: Tensor, data: Data, chisqr: float, nvarys: int) -> Criteria:
    """Return the criteria of a model with `nvarys` parameters and the values `model` (points,) at the data."""
    likelihood, ndata = _minus_twice_log_likelihood(loss, model, data, chisqr), len(data.y)
    if likelihood is None:
        return Criteria(None, None, None)
    aic = likelihood + 2 * nvarys
    aicc = aic + 2 * nvarys * (nvarys + 1) / (ndata - nvarys - 1) if ndata - nvarys > 1 else None
    return Criteria(aic, aicc, likelihood + nvarys * math.log(ndata))


def _minus_twice_log_likelihood(loss: Loss, model: Tensor, data: Data, chisqr: float) -> float | None:
    """Return -2 ln(likelihood): N ln(chisqr / N), up to a constant, for a sum of squares; None for robust losses."""
    points = len(data.y)
    if isinstance(loss, SumOfSquares):
        return points * math.log(chisqr / points) if 0 < chisqr < math.inf else None
    if not isinstance(loss, Poisson):
        return None
    mean, count = model.double(), data.y.double()
    terms = torch.xlogy(count, mean) - mean - torch.lgamma(count + 1)
    if data.factor is not None:
        terms = terms * data.factor.double().square()
    return -2 * terms.sum().item()


def response_variance(loss: Loss, data: Data, residual: Tensor, redchi: float | None) -> float | None:
    """Return the variance of a response with a factor of 1 about the model; None for counts: it is the model itself."""
    if isinstance(loss, Poisson):
        return None
    if data.sigma_is_absolute:
        return 1.0
    if isinstance(loss, SumOfSquares):
        return redchi
    # Outliers are none of the responses that a robust loss expects.
    return robust_standard_deviation(residual).item() ** 2
