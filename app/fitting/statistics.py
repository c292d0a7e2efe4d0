"""What people read after a fit: standard errors, covariance, goodness of fit. The words are those of lmfit."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.distributions import two_sided
from app.fitting.losses import Poisson, SumOfSquares
from app.fitting.optimizers.least_squares import solve
from app.fitting.parameters import Parameters
from app.fitting.problem import Problem
from app.fitting.residuals import autocorrelation_warning

FAR_FROM_MINIMUM = 0.1
"""Standard errors between the coefficients and the minimum of the linearised problem from which on a warning is due."""
AT_MINIMUM = 1e-6
"""The same, up to which a linear problem's own solution may stand for the coefficients."""


@dataclass(frozen=True)
class Statistics:
    """Statistics of a fit; None where a number does not exist.

    With N points (`ndata`), P parameters (`nvarys`), the residuals r, weighted, and their Jacobian J:
    `nfree` = N - P, `chisqr` = sum r^2, `redchi` = chisqr / nfree; `covar` = redchi (J^T J)^-1, without the factor
    redchi where sigma is absolute, and `stderr` the square roots of its diagonal (Bates and Watts, "Nonlinear
    Regression Analysis and Its Applications", 1988, section 2.3); `aic` = N ln(chisqr / N) + 2 P,
    `aicc` = aic + 2 P (P + 1) / (N - P - 1), `bic` = N ln(chisqr / N) + P ln N; `rsquared` = 1 - chisqr / sum
    w (y - mean y)^2 with the weights w, by which the mean is weighted too, and
    `adjusted_rsquared` = 1 - (1 - rsquared) (N - 1) / nfree. A fixed parameter has no standard error. Confidence
    intervals are of Student's t with nfree degrees of freedom, or normal where sigma is absolute.

    With a robust loss, psi(r) its derivative, `covar` = K^2 (sum psi^2 / nfree) / mean(psi')^2 (J^T J)^-1 with
    K = 1 + (P / N) var(psi') / mean(psi')^2 (P. J. Huber, "Robust Statistics", 1981, equation 7.6.10), and there is no
    likelihood: aic, aicc and bic do not exist. For counts (`poisson`) r is Pearson's residual, `covar` = (J^T J)^-1 of
    these, and aic and bic follow from the likelihood itself.
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
    adjusted_rsquared: float | None
    aic: float | None
    aicc: float | None
    bic: float | None
    stderr: dict[str, float | None]
    confidence_level: float
    confidence_intervals: dict[str, tuple[float, float] | None]
    covar: list[list[float]] | None
    correl: list[list[float]] | None
    condition: float | None
    """Condition number of the Jacobian with columns of length one."""
    warnings: list[str]
    """Where a number should not be trusted, in words."""


def statistics(problem: Problem, parameters: Tensor, confidence_level: float = 0.95) -> Statistics:
    """Statistics at `parameters` (free,), worked out in float64."""
    is_poisson = isinstance(problem.loss_function, Poisson)
    if is_poisson:
        residual, jacobian = (part.double() for part in problem.linearised(parameters)[1:])
    else:
        residual, jacobian = (part.double() for part in problem.residual_and_jacobian(parameters))
    gradient = problem.linearised(parameters).gradient
    inside = ~problem.blocked(parameters, gradient)
    names = problem.parameters.free
    at_bound = [name for name, moves in zip(names, inside.tolist(), strict=True) if not moves]
    inverse, condition, reachable = _linearised(jacobian[:, inside], residual)
    chisqr = (residual @ residual).item()
    ndata, nvarys = jacobian.shape
    nfree = ndata - nvarys
    if not at_bound and _is_solution(problem, chisqr, nfree, reachable):
        solution = solve(problem.design)
        residual, chisqr = solution.residual, solution.chisqr.item()
        inverse, condition = solution.inverse, solution.condition
    redchi = chisqr / nfree if nfree > 0 else None
    variance = _variance(problem, parameters, residual, nfree)
    covar = _finite_or_none(inverse * variance) if inverse is not None and variance is not None else None
    stderr = _standard_errors(problem.parameters, parameters, covar, inside)
    factor = torch.ones_like(residual) if problem.data.factor is None else problem.data.factor.double()
    y = problem.data.y.double()
    spread = _spread(y, factor)
    rsquared = 1 - chisqr / spread if spread > 0 and not is_poisson else None
    aic, bic = _criteria(problem, parameters, chisqr)
    freedom = None if problem.data.sigma_is_absolute or is_poisson else nfree
    has_noise = chisqr > _rounding(y * factor)
    coefficients = problem.coefficients(parameters)
    return Statistics(
        var_names=[name for name in names if name not in at_bound],
        ndata=ndata,
        nvarys=nvarys,
        nfree=nfree,
        chisqr=chisqr,
        redchi=redchi,
        rmse=math.sqrt(chisqr / ndata),
        rsquared=rsquared,
        adjusted_rsquared=1 - (1 - rsquared) * (ndata - 1) / nfree if rsquared is not None and nfree > 0 else None,
        aic=aic,
        aicc=aic + 2 * nvarys * (nvarys + 1) / (nfree - 1) if aic is not None and nfree > 1 else None,
        bic=bic,
        stderr=stderr,
        confidence_level=confidence_level,
        confidence_intervals=_intervals(coefficients, stderr, confidence_level, freedom),
        covar=None if covar is None else covar.tolist(),
        correl=_correlations(covar),
        condition=condition,
        warnings=[
            *(f"{name} is at its bound: it has no standard error, the others hold for it fixed" for name in at_bound),
            *_warnings(nfree, inverse is None, has_noise, variance, reachable),
            *(autocorrelation_warning(problem.data.variables, residual, factor) if has_noise else ()),
        ],
    )


def _is_solution(problem: Problem, chisqr: float, nfree: int, reachable: float) -> bool:
    """Whether the solution of a linear problem, which has more digits, may stand for the coefficients."""
    if not problem.is_linear or not isinstance(problem.loss_function, SumOfSquares) or nfree <= 0 or chisqr == 0:
        return False
    return reachable <= AT_MINIMUM**2 * chisqr / nfree or chisqr <= _rounding(problem.data.y.double())


def _variance(problem: Problem, parameters: Tensor, residual: Tensor, nfree: int) -> float | None:
    """What (J^T J)^-1 is multiplied by to be the covariance."""
    if isinstance(problem.loss_function, Poisson):
        return 1.0
    if isinstance(problem.loss_function, SumOfSquares):
        if problem.data.sigma_is_absolute:
            return 1.0
        return (residual @ residual).item() / nfree if nfree > 0 else None
    data = (problem.model(parameters), problem.data.y, problem.data.factor)
    weights, slope = problem.loss_function.weights(*data), problem.loss_function.curvatures(*data)
    if weights is None or slope is None or nfree <= 0:
        return None
    influence, slope = residual * weights.double(), slope.double()
    mean = slope.mean().item()
    if not mean > 0:
        return None
    correction = 1 + (len(residual) - nfree) / len(residual) * slope.var(correction=0).item() / mean**2
    return correction**2 * (influence @ influence).item() / nfree / mean**2


def _criteria(problem: Problem, parameters: Tensor, chisqr: float) -> tuple[float | None, float | None]:
    """AIC and BIC."""
    ndata, nvarys = len(problem.data.y), len(parameters)
    if isinstance(problem.loss_function, SumOfSquares):
        if not chisqr > 0:
            return None, None
        minus_twice = ndata * math.log(chisqr / ndata)
    elif isinstance(problem.loss_function, Poisson):
        mean, count = problem.model(parameters).double(), problem.data.y.double()
        minus_twice = -2 * (torch.xlogy(count, mean) - mean - torch.lgamma(count + 1)).sum().item()
    else:
        return None, None
    return minus_twice + 2 * nvarys, minus_twice + nvarys * math.log(ndata)


def _intervals(
    coefficients: dict[str, float], stderr: dict[str, float | None], level: float, freedom: int | None
) -> dict[str, tuple[float, float] | None]:
    if freedom is not None and freedom <= 0:
        return dict.fromkeys(coefficients)
    wide = two_sided(level, freedom)
    return {
        name: None if error is None else (coefficients[name] - wide * error, coefficients[name] + wide * error)
        for name, error in stderr.items()
    }


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
