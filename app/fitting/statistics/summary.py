"""All statistics of a fit in one place."""

import math
from dataclasses import dataclass

from torch import Tensor

from app.fitting.distributions import two_sided
from app.fitting.losses import SumOfSquares
from app.fitting.problem import Problem
from app.fitting.statistics.covariance import Estimate, correlations, estimate, rounding, standard_errors
from app.fitting.statistics.goodness import minus_twice_log_likelihood, response_variance, rsquared
from app.fitting.statistics.whiteness import autocorrelation_warning

FAR_FROM_MINIMUM = 0.1
"""Standard errors between the coefficients and the minimum of the linearised problem from which on a warning is due."""


@dataclass(frozen=True)
class Statistics:
    """Statistics of a fit; None where a number does not exist.

    With N points (`ndata`), P parameters (`nvarys`), the residuals r, weighted, and their Jacobian J:
    `nfree` = N - P, `chisqr` = sum r^2, `redchi` = chisqr / nfree; `covar` = redchi (J^T J)^-1, without the factor
    redchi where sigma is absolute, and `stderr` the square roots of its diagonal (Bates and Watts, "Nonlinear
    Regression Analysis and Its Applications", 1988, section 2.3); `aic` = N ln(chisqr / N) + 2 P,
    `aicc` = aic + 2 P (P + 1) / (N - P - 1), `bic` = N ln(chisqr / N) + P ln N; `rsquared` = 1 - chisqr / sum
    w (y - mean y)^2 with the weights w, by which the mean is weighted too, also for a model without a constant, and
    `adjusted_rsquared` = 1 - (1 - rsquared) (N - 1) / nfree. A fixed parameter has no standard error.

    With a robust loss, psi(r) half its derivative, `covar` = K^2 (sum psi^2 / nfree) / mean(psi')^2 (J^T J)^-1 with
    K = 1 + (P / N) var(psi') / mean(psi')^2 (P. J. Huber, "Robust Statistics", 1981, equation 7.6.10; H1 of
    statsmodels), and there is no likelihood: aic, aicc and bic do not exist. For counts (`poisson`) r is Pearson's
    residual, `covar` = (J^T J)^-1 of these, and aic and bic follow from the likelihood itself.
    """

    var_names: list[str]
    """The parameters that were fitted and are not at a bound; rows and columns of matrices are in this order."""
    ndata: int
    nvarys: int
    nfree: int
    chisqr: float | None
    redchi: float | None
    rmse: float | None
    """sqrt(chisqr / N)"""
    response_variance: float | None
    """Variance of a response of weight 1 about the model: redchi, or 1 where sigma is absolute; with a robust loss from
    the median size of the residuals. None for counts: it is the model itself."""
    rsquared: float | None
    adjusted_rsquared: float | None
    aic: float | None
    aicc: float | None
    bic: float | None
    stderr: dict[str, float | None]
    confidence_level: float
    confidence_intervals: dict[str, tuple[float, float] | None]
    """Of Student's t with nfree degrees of freedom if the variance of y was estimated for a sum of squares; else, as in
    statsmodels, of the normal distribution."""
    covar: list[list[float]] | None
    correl: list[list[float]] | None
    condition: float | None
    """Condition number of the Jacobian with columns of length one."""
    warnings: list[str]
    """Where a number should not be trusted, in words."""


def statistics(problem: Problem, parameters: Tensor, confidence_level: float = 0.95) -> Statistics:
    """Statistics at `parameters` (free,), worked out in float64."""
    found = estimate(problem, parameters)
    ndata, nvarys = len(found.residual), len(parameters)
    nfree = ndata - nvarys
    chisqr = (found.residual @ found.residual).item()
    redchi = chisqr / nfree if nfree > 0 else None
    explained = rsquared(problem, chisqr)
    adjusted = 1 - (1 - explained) * (ndata - 1) / nfree if explained is not None and nfree > 0 else None
    likelihood = minus_twice_log_likelihood(problem, parameters, chisqr)
    aic = None if likelihood is None else likelihood + 2 * nvarys
    stderr = standard_errors(problem.parameters, parameters, found)
    covariance = found.covariance
    return Statistics(
        var_names=_named(problem, found, inside=True),
        ndata=ndata,
        nvarys=nvarys,
        nfree=nfree,
        chisqr=_finite(chisqr),
        redchi=_finite(redchi),
        rmse=_finite(math.sqrt(chisqr / ndata)),
        response_variance=_finite(response_variance(problem, found.residual, redchi)),
        rsquared=_finite(explained),
        adjusted_rsquared=_finite(adjusted),
        aic=_finite(aic),
        aicc=_finite(aic + 2 * nvarys * (nvarys + 1) / (nfree - 1) if aic is not None and nfree > 1 else None),
        bic=_finite(None if likelihood is None else likelihood + nvarys * math.log(ndata)),
        stderr=stderr,
        confidence_level=confidence_level,
        confidence_intervals=_intervals(problem, parameters, stderr, confidence_level),
        covar=None if covariance is None else covariance.tolist(),
        correl=correlations(covariance),
        condition=found.condition,
        warnings=_warnings(problem, found, chisqr),
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _named(problem: Problem, found: Estimate, inside: bool) -> list[str]:
    """The free parameters that can move, or those at a bound."""
    return [name for name, moves in zip(problem.parameters.free, found.inside.tolist(), strict=True) if moves is inside]


def _intervals(
    problem: Problem, parameters: Tensor, stderr: dict[str, float | None], level: float
) -> dict[str, tuple[float, float] | None]:
    estimated = isinstance(problem.loss_function, SumOfSquares) and not problem.data.sigma_is_absolute
    nfree = len(problem.data.y) - len(parameters)
    if nfree <= 0 and estimated:
        return dict.fromkeys(stderr)
    wide = two_sided(level, nfree if estimated else None)
    return {
        name: None if (error := stderr[name]) is None else _interval(center, wide * error)
        for name, center in problem.coefficients(parameters).items()
    }


def _interval(center: float, wide: float) -> tuple[float, float] | None:
    return (center - wide, center + wide) if math.isfinite(abs(center) + wide) else None


def _warnings(problem: Problem, found: Estimate, chisqr: float) -> list[str]:
    warnings = [
        f"{name} is at its bound: it has no standard error, the others hold for it fixed"
        for name in _named(problem, found, inside=False)
    ]
    if len(found.residual) <= len(found.inside):
        warnings.append("there are not more points than parameters: the scatter of the residuals tells nothing")
    if found.inverse is None and found.inside.any():
        warnings.append(
            "the data do not determine all parameters: the Jacobian is singular, standard errors do not exist"
        )
    if not chisqr > rounding(problem):
        return warnings
    if found.distance > FAR_FROM_MINIMUM:
        warnings.append(
            f"the coefficients are not at the minimum (about {found.distance:.2g} standard errors away): train longer, "
            "standard errors hold at the minimum only"
        )
    return [*warnings, *autocorrelation_warning(problem.data.variables, found.residual, problem.data.factor)]
