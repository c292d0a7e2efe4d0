"""Statistics of a global fit: of all curves together, and of one curve with what all curves say of it."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.data import Data
from app.fitting.problems.losses import Poisson, weighted_residual
from app.fitting.problems.problem import Problem, counted
from app.fitting.statistics.covariance import correlations, is_rounding, linearised
from app.fitting.statistics.goodness import chi2_pvalue, criteria, response_variance, rmse
from app.fitting.statistics.summary import Statistics, intervals, rounding_warning


def joint_statistics(
    problem: CurveProblem, parameters: Tensor, nvarys: int, shared: Sequence[str], covariance: Tensor, level: float
) -> Statistics:
    """Return the statistics of all points and all `nvarys` parameters, with the errors of those in `shared`.

    `parameters` is (free, curves). `covariance` (shared, shared) is that of the parameters in `shared`, among which are
    none that stand at a bound. The confidence intervals have the level `level`.
    """
    loss, model, data = problem.loss_function, *_counting(problem, parameters)
    residual = weighted_residual(model, data.y, data.factor).double()
    if isinstance(loss, Poisson):
        residual = residual * loss.weights(model, data.y, data.factor).double().sqrt()
    chisqr, ndata = (residual @ residual).item(), len(residual)
    nfree = ndata - nvarys
    redchi = chisqr / nfree if nfree > 0 else None
    stderr = dict(zip(shared, covariance.diagonal().clamp(min=0).sqrt().tolist(), strict=True))
    values = problem.parameters.values(parameters)
    coefficients = {name: values[name][0].item() for name in shared}
    information = criteria(loss, model, data, chisqr, nvarys)
    return Statistics(
        var_names=[*shared],
        ndata=ndata,
        nvarys=nvarys,
        nfree=nfree,
        chisqr=_finite(chisqr),
        redchi=_finite(redchi),
        chi2_pvalue=chi2_pvalue(loss, data, chisqr, nfree),
        rmse=_finite(rmse(loss, model, data, chisqr)),
        response_variance=_finite(response_variance(loss, data, residual, redchi)),
        rsquared=None,
        adjusted_rsquared=None,
        aic=_finite(information.aic),
        aicc=_finite(information.aicc),
        bic=_finite(information.bic),
        stderr={name: _finite(error) for name, error in stderr.items()},
        confidence_level=level,
        confidence_intervals=intervals(coefficients, stderr, level, loss, data, nfree),
        covar=covariance.tolist() if bool(covariance.isfinite().all()) else None,
        correl=correlations(covariance) if bool(covariance.isfinite().all()) else None,
        condition=None,
        warnings=rounding_warning(loss, data, nfree) if is_rounding(data, chisqr) else [],
    )


def covariance_in_curve(
    problem: Problem, parameters: Tensor, own: Sequence[str], shared: Sequence[str], covariance: Tensor, variance: float
) -> tuple[list[str], Tensor] | None:
    """Return the names of one curve's parameters that move, `own` and `shared`, and their covariance; None if singular.

    `covariance` (shared, shared) is that of the shared parameters from all curves, `variance` the factor of (J^T J)^-1.
    With Q R the QR decomposition of the curve's own columns, and A = Q^T times its shared columns, a change d of the
    shared parameters changes the own ones by -R^-1 A d; around that they have the covariance variance R^-1 R^-T.
    """
    problem = counted(problem)
    near, free = linearised(problem, parameters), problem.parameters.free
    held = problem.blocked(parameters, (near.jacobian.T @ near.influence).to(parameters.dtype))
    own = [name for name in own if not held[free.index(name)]]
    columns = near.jacobian[:, [free.index(name) for name in (*own, *shared)]]
    lengths = columns[:, : len(own)].norm(dim=0)
    scale = torch.where(lengths > 0, lengths, 1.0)
    orthogonal, triangle = torch.linalg.qr(columns[:, : len(own)] / scale)
    rounding = torch.finfo(torch.float64).eps * max(columns.shape)
    if len(triangle) < len(own) or not bool((triangle.diagonal().abs() > rounding).all()):
        return None
    half = torch.linalg.inv(triangle) / scale[:, None]
    change = -half @ orthogonal.T @ columns[:, len(own) :]
    across = torch.cat([change, torch.eye(len(shared), dtype=change.dtype)])
    curve_covariance = across @ covariance @ across.T
    curve_covariance[: len(own), : len(own)] += variance * half @ half.T
    return [*own, *shared], curve_covariance


def _counting(problem: CurveProblem, parameters: Tensor) -> tuple[Tensor, Data]:
    """Return values of the model and the data, (points,), of all points of all curves that count."""
    counts = problem.counting
    factor = None if problem.factor is None else problem.factor.expand_as(problem.y)[counts]
    return problem.model(parameters)[counts], Data({}, problem.y[counts], factor, problem.sigma_is_absolute)


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
