"""Statistics of many curves at once: what `app.fitting.statistics.summary` works out for one."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.curves.standard_errors import curvature, variance
from app.fitting.numerics.small_systems import triangles
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import Poisson, SumOfSquares, robust_standard_deviation, weighted_residual

_ROUNDING = torch.finfo(torch.float64).eps
_UNDETERMINED = 0.1
"""Part that a parameter must take in a step that changes nothing, to be named."""


@dataclass(frozen=True)
class CurveStatistics:
    """Statistics of curves as in `app.fitting.statistics.Statistics`; (curves,) unless said, NaN where none exists."""

    ndata: Tensor
    nvarys: Tensor
    nfree: Tensor
    chisqr: Tensor
    redchi: Tensor
    chi2_pvalue: Tensor
    rmse: Tensor
    response_variance: Tensor
    rsquared: Tensor
    adjusted_rsquared: Tensor
    aic: Tensor
    aicc: Tensor
    bic: Tensor
    condition: Tensor
    covariance: Tensor
    """Covariance of the free parameters, (curves, free, free); those that do not move have none with others."""
    moving: Tensor
    """Whether each free parameter moves, and is not held by a bound, (free, curves)."""
    undetermined: Tensor
    """Whether the data do not determine a free parameter, (free, curves)."""
    residual: Tensor
    """Weighted residual, (points, curves); for counts Pearson's. It is 0 at points that do not count."""
    distance: Tensor
    """Distance of the parameters from the minimum, in standard errors."""
    is_rounding: Tensor
    """Whether the residuals may be no more than rounding, bool."""


class _Around(NamedTuple):
    """The neighbourhood of the parameters, as the Jacobian describes it."""

    inverse: Tensor
    condition: Tensor
    reachable: Tensor
    constants_left: Tensor
    undetermined: Tensor


def curve_statistics(problem: CurveProblem, parameters: Tensor) -> CurveStatistics:
    """Return the statistics of each curve at `parameters` (free, curves), in float64."""
    loss, counting = problem.loss_function, problem.counting
    model = problem.model(parameters)
    residual, influence, slopes = _residuals(problem, model)
    jacobian = curvature(problem, parameters).double()
    moving = ~problem.blocked(parameters, (jacobian * influence[:, None]).sum(0).to(parameters.dtype))
    ndata, nvarys = problem.ndata, moving.sum(0)
    nfree = ndata - nvarys
    degrees = torch.where(nfree > 0, nfree.double(), torch.nan)
    chisqr = residual.square().sum(0)
    around = _around(problem, jacobian, influence, moving)
    scale = variance(problem, parameters, nfree, lambda terms: terms.sum(0))
    steepness = 1.0 if slopes is None else (slopes * counting).sum(0) / ndata
    centred = (around.constants_left <= torch.finfo(problem.y.dtype).eps ** 0.5) | (not problem.is_linear)
    unexplained = (
        chisqr / _scatter(problem, centred) if isinstance(loss, SumOfSquares) else torch.full_like(chisqr, torch.nan)
    )
    squared = _squared_factor(problem)
    redchi = chisqr / degrees
    likelihood = _minus_twice_log_likelihood(problem, model, chisqr)
    criterion = likelihood + 2 * nvarys
    ratio = 2 * nvarys * (nvarys + 1) / torch.where(nfree > 1, nfree - 1.0, torch.nan)
    known = problem.sigma_is_absolute and isinstance(loss, SumOfSquares)
    return CurveStatistics(
        ndata=ndata,
        nvarys=nvarys,
        nfree=nfree,
        chisqr=chisqr,
        redchi=redchi,
        chi2_pvalue=torch.special.gammaincc(degrees / 2, chisqr / 2) if known else torch.full_like(chisqr, torch.nan),
        rmse=(_plain_squares(problem, model, residual) / squared.sum(0)).sqrt(),
        response_variance=_response_variance(problem, residual, redchi),
        rsquared=1 - unexplained,
        adjusted_rsquared=1 - unexplained * (ndata - centred.long()) / degrees,
        aic=criterion,
        aicc=criterion + ratio,
        bic=likelihood + nvarys * ndata.double().log(),
        condition=around.condition,
        covariance=around.inverse * scale[:, None, None],
        moving=moving,
        undetermined=around.undetermined,
        residual=residual,
        distance=(around.reachable / scale).sqrt().nan_to_num(0.0, 0.0, 0.0) / steepness,
        is_rounding=chisqr <= _rounding(problem, parameters, jacobian),
    )


def _residuals(problem: CurveProblem, model: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return weighted residual, half the derivative of each term of the loss, and the derivative of that."""
    data = (model, problem.y, problem.factor)
    residual = weighted_residual(*data).double()
    weights, slopes = problem.loss_function.weights(*data), problem.loss_function.curvatures(*data)
    if isinstance(problem.loss_function, Poisson) and weights is not None:
        residual = residual * weights.double().sqrt()
        return residual, residual, None
    influence = residual if weights is None else residual * weights.double()
    return residual, influence, None if slopes is None else slopes.double()


def _around(problem: CurveProblem, jacobian: Tensor, influence: Tensor, moving: Tensor) -> _Around:
    """Describe the neighbourhood by J (points, free, curves) and `influence` (points, curves)."""
    points, free, curves = jacobian.shape
    lengths = jacobian.square().sum(0).sqrt()
    scale = torch.where(moving & (lengths > 0), lengths, 1.0)
    ones = torch.ones_like(influence) if problem.factor is None else problem.factor.double().expand_as(influence)
    columns = torch.cat([jacobian / scale, ones[:, None], influence[:, None]], dim=1)
    both = torch.ones(2, curves, dtype=torch.bool, device=moving.device)
    whole = triangles(columns.nan_to_num(0.0, 0.0, 0.0), torch.cat([moving, both])).permute(2, 0, 1)
    finite = columns.isfinite().all(0).all(0) & moving.any(0)
    left, singular, right = torch.linalg.svd(whole[:, :free, :free])
    few = _ROUNDING * (max(free, points))
    determined = singular > few * singular[:, :1]
    constant, projected = (left.mT @ whole[:, :free, free:]).unbind(2)
    beyond = torch.hypot(whole[:, free, free], torch.where(determined, 0.0, constant).norm(dim=1))
    regular = determined.all(1) & finite & (moving.sum(0) <= points)
    half = right.mT / torch.where(determined, singular, 1.0)[:, None] / scale.T[:, :, None]
    moves = moving.T[:, :, None] & moving.T[:, None]
    inverse = torch.where(moves, half @ half.mT, 0.0)
    taken = torch.where(determined[:, :, None], 0.0, right).square().sum(1).sqrt()
    return _Around(
        torch.where(regular[:, None, None], inverse, torch.nan),
        torch.where(regular, singular[:, 0] / singular[:, -1], torch.nan),
        torch.where(regular, projected.square().sum(1), 0.0),
        torch.where(finite, beyond / ones.norm(dim=0), 1.0),
        (taken.T > _UNDETERMINED) & finite & moving,
    )


def _squared_factor(problem: CurveProblem) -> Tensor:
    """Return the weight of each point, (points, curves), float64."""
    if problem.factor is None:
        return torch.ones_like(problem.y, dtype=torch.float64)
    return problem.factor.double().square().expand_as(problem.y)


def _scatter(problem: CurveProblem, centred: Tensor) -> Tensor:
    """Return sum w (y - mean y)^2 of curves that are `centred` (curves,), sum w y^2 of others; NaN where it is 0."""
    weight, y = _squared_factor(problem), problem.y.double()
    mean = torch.where(centred, (weight * y).sum(0) / weight.sum(0), 0.0)
    total = (weight * (y - mean).square()).sum(0)
    return torch.where(total > 0, total, torch.nan)


def _plain_squares(problem: CurveProblem, model: Tensor, residual: Tensor) -> Tensor:
    """Return the sum of squares of the weighted residuals of each curve, (curves,), of counts too."""
    if isinstance(problem.loss_function, Poisson):
        residual = weighted_residual(model, problem.y, problem.factor).double()
    return residual.square().sum(0)


def _minus_twice_log_likelihood(problem: CurveProblem, model: Tensor, chisqr: Tensor) -> Tensor:
    """Return -2 ln(likelihood), up to a constant for a sum of squares; NaN for robust losses."""
    if isinstance(problem.loss_function, SumOfSquares):
        ndata = problem.ndata.double()
        return ndata * torch.where(chisqr > 0, chisqr / ndata, torch.nan).log()
    if not isinstance(problem.loss_function, Poisson):
        return torch.full_like(chisqr, torch.nan)
    mean, count = model.double(), problem.y.double()
    terms = _squared_factor(problem) * (torch.xlogy(count, mean) - mean - torch.lgamma(count + 1))
    return -2 * torch.where(problem.counting, terms, 0.0).sum(0)


def _response_variance(problem: CurveProblem, residual: Tensor, redchi: Tensor) -> Tensor:
    """Return the variance of a response of weight 1 about each curve, (curves,); NaN for counts."""
    if isinstance(problem.loss_function, Poisson):
        return torch.full_like(redchi, torch.nan)
    if problem.sigma_is_absolute:
        return torch.ones_like(redchi)
    if isinstance(problem.loss_function, SumOfSquares):
        return redchi
    return robust_standard_deviation(torch.where(problem.counting, residual, torch.nan)).square()


def _rounding(problem: CurveProblem, parameters: Tensor, jacobian: Tensor) -> Tensor:
    """Return the largest chisqr of each curve that may be no more than rounding of data, parameters and variables."""
    rounding = torch.finfo(problem.y.dtype).eps
    largest = (problem.y.double() * _squared_factor(problem).sqrt()).abs().amax(0)
    of_data = problem.ndata * (8 * rounding * largest).square()
    of_model = (rounding * (jacobian.abs() * parameters.double().abs()).sum(1)).square().sum(0)
    return of_data + torch.where(of_model.isfinite(), of_model, 0.0)
