"""What people read after a fit: standard errors, covariance, goodness of fit. The words are those of lmfit."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.parameters import Parameters
from app.fitting.problem import Problem

FAR_FROM_MINIMUM = 0.1
"""Standard errors between the coefficients and the minimum of the linearised problem from which on a warning is due."""


@dataclass(frozen=True)
class Statistics:
    """Statistics of a least squares fit; None where a number does not exist.

    With N points (`ndata`), P parameters (`nvarys`), the residuals r, weighted, and their Jacobian J:
    `nfree` = N - P, `chisqr` = sum r^2, `redchi` = chisqr / nfree; `covar` = redchi (J^T J)^-1, without the factor
    redchi where sigma is absolute, and `stderr` the square roots of its diagonal (Bates and Watts, "Nonlinear
    Regression Analysis and Its Applications", 1988, section 2.3); `aic` = N ln(chisqr / N) + 2 P,
    `aicc` = aic + 2 P (P + 1) / (N - P - 1), `bic` = N ln(chisqr / N) + P ln N; `rsquared` = 1 - chisqr / sum
    w (y - mean y)^2 with the weights w, by which the mean is weighted too. A fixed parameter has no standard error.
    """

    var_names: list[str]
    """The parameters that were fitted and are not at a bound; rows and columns of matrices are in this order."""
    ndata: int
    nvarys: int
    nfree: int
    chisqr: float
    redchi: float | None
    rmse: float
    rsquared: float | None
    aic: float | None
    aicc: float | None
    bic: float | None
    stderr: dict[str, float | None]
    covar: list[list[float]] | None
    correl: list[list[float]] | None
    condition: float | None
    """Condition number of the Jacobian with columns of length one."""
    warnings: list[str]
    """Where a number should not be trusted, in words."""


def statistics(problem: Problem, parameters: Tensor) -> Statistics:
    """Statistics at `parameters` (parameters,), worked out in float64."""
    residual, jacobian = (part.double() for part in problem.residual_and_jacobian(parameters))
    ndata, nvarys = jacobian.shape
    nfree = ndata - nvarys
    chisqr = (residual @ residual).item()
    factor = torch.ones_like(residual) if problem.data.factor is None else problem.data.factor.double()
    y = problem.data.y.double()
    spread = _spread(y, factor)
    redchi = chisqr / nfree if nfree > 0 else None
    inside = ~problem.blocked(parameters, (jacobian.T @ residual).to(parameters.dtype))
    at_bound = [name for name, moves in zip(problem.parameters.free, inside.tolist(), strict=True) if not moves]
    inverse, condition, reachable = _linearised(jacobian[:, inside], residual)
    variance = 1.0 if problem.data.sigma_is_absolute else redchi
    covar = _finite_or_none(inverse * variance) if inverse is not None and variance is not None else None
    aic = _criterion(chisqr, ndata, 2 * nvarys)
    return Statistics(
        var_names=[name for name in problem.parameters.free if name not in at_bound],
        ndata=ndata,
        nvarys=nvarys,
        nfree=nfree,
        chisqr=chisqr,
        redchi=redchi,
        rmse=math.sqrt(chisqr / ndata),
        rsquared=1 - chisqr / spread if spread > 0 else None,
        aic=aic,
        aicc=aic + 2 * nvarys * (nvarys + 1) / (nfree - 1) if aic is not None and nfree > 1 else None,
        bic=_criterion(chisqr, ndata, nvarys * math.log(ndata)),
        stderr=_standard_errors(problem.parameters, parameters, covar, inside),
        covar=None if covar is None else covar.tolist(),
        correl=_correlations(covar),
        condition=condition,
        warnings=[
            *(f"{name} is at its bound: it has no standard error, the others hold for it fixed" for name in at_bound),
            *_warnings(nfree, inverse is None, chisqr > _rounding(y * factor), variance, reachable),
        ],
    )


def _linearised(jacobian: Tensor, residual: Tensor) -> tuple[Tensor | None, float | None, float]:
    """(J^T J)^-1 and the condition number, None if J is singular; and how much of chisqr one Newton step would take."""
    if not jacobian.numel() or not jacobian.isfinite().all():
        return None, None, 0.0
    lengths = jacobian.norm(dim=0)
    scale = torch.where(lengths > 0, lengths, 1.0)
    left, singular, right = torch.linalg.svd(jacobian / scale, full_matrices=False)
    few = torch.finfo(torch.float64).eps * max(jacobian.shape)
    if len(singular) < len(scale) or not singular[-1] > few * singular[0]:
        return None, None, 0.0
    half = right.T / singular / scale[:, None]
    reachable = (left.T @ residual).square().sum().item()
    return _finite_or_none(half @ half.T), (singular[0] / singular[-1]).item(), reachable


def _finite_or_none(matrix: Tensor) -> Tensor | None:
    return matrix if matrix.isfinite().all() else None


def _spread(y: Tensor, factor: Tensor) -> float:
    weights = factor.square()
    mean = (weights @ y / weights.sum()).item() if bool(weights.any()) else 0.0
    return float((weights @ (y - mean).square()).item())


def _criterion(chisqr: float, ndata: int, penalty: float) -> float | None:
    return ndata * math.log(chisqr / ndata) + penalty if chisqr > 0 else None


def _standard_errors(
    parameters: Parameters, vector: Tensor, covar: Tensor | None, inside: Tensor
) -> dict[str, float | None]:
    """Of the free parameters by the covariance, of the tied ones by linear propagation of errors."""
    if covar is None:
        return dict.fromkeys(parameters.names)
    derivatives = parameters.derivatives(vector).double()[:, inside]
    errors = ((derivatives @ covar) * derivatives).sum(1).clamp(min=0).sqrt()
    moving = {name for name, moves in zip(parameters.free, inside.tolist(), strict=True) if moves}
    named = zip(parameters.names, errors.tolist(), strict=True)
    return {name: error if name in moving or name in parameters.tied else None for name, error in named}


def _correlations(covar: Tensor | None) -> list[list[float]] | None:
    if covar is None:
        return None
    deviations = covar.diagonal().sqrt()
    if not bool((deviations > 0).all()):
        return None
    correlations: list[list[float]] = (covar / deviations / deviations[:, None]).clamp(-1, 1).tolist()
    return correlations


def _rounding(y: Tensor) -> float:
    """A chisqr that is no more than the rounding of the data."""
    return float(len(y) * (8 * torch.finfo(torch.float64).eps) ** 2 * y.square().sum().item())


def _warnings(nfree: int, singular: bool, has_noise: bool, variance: float | None, reachable: float) -> list[str]:
    found = []
    if nfree <= 0:
        found.append("there are not more points than parameters: the scatter of the residuals tells nothing")
    if singular:
        found.append("the data do not determine all parameters: the Jacobian is singular, standard errors do not exist")
    if has_noise and variance and math.sqrt(reachable / variance) > FAR_FROM_MINIMUM:
        away = math.sqrt(reachable / variance)
        found.append(
            f"the coefficients are not at the minimum (about {away:.2g} standard errors away): train longer, "
            "standard errors hold at the minimum only"
        )
    return found
