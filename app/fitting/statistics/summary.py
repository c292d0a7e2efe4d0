"""All statistics of a fit in one place."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from app.fitting.problems.data import Data
from app.fitting.problems.losses import Loss, Poisson, SumOfSquares
from app.fitting.problems.problem import Problem, counted
from app.fitting.statistics import warnings
from app.fitting.statistics.covariance import Estimate, correlations, estimate, standard_errors
from app.fitting.statistics.distributions import two_sided
from app.fitting.statistics.goodness import chi2_pvalue, criteria, response_variance, rmse, rsquared
from app.fitting.statistics.plain_models import is_without_signal, plain_model_warning
from app.fitting.statistics.whiteness import autocorrelation_warning

FAR_FROM_MINIMUM = 0.1
"""Distance of the coefficients from the minimum, in standard errors, from which on there is a warning."""


@dataclass(frozen=True)
class Statistics:
    """Statistics of a fit; None where a number does not exist.

    With N points whose weight is not 0 (`ndata`), P parameters that were fitted and are not at a bound (`nvarys`), the
    residuals r, weighted, and their Jacobian J: `nfree` = N - P, `chisqr` = sum r^2, `redchi` = chisqr / nfree;
    `covar` = redchi (J^T J)^-1, without the factor redchi where sigma is absolute, and `stderr` the square roots of its
    diagonal (Bates and Watts, "Nonlinear Regression Analysis and Its Applications", 1988, section 2.3).
    `aic` is N ln(chisqr / N) + 2 P, `aicc` = aic + 2 P (P + 1) / (N - P - 1), `bic` = N ln(chisqr / N) + P ln N. A
    parameter that is fixed, or at a bound as if it were, has no standard error.

    `rsquared` = 1 - chisqr / sum w (y - mean y)^2 with the weights w, by which the mean is weighted too, and
    `adjusted_rsquared` = 1 - (1 - rsquared) (N - 1) / nfree; for a linear model without a constant, as in NIST and
    statsmodels, it is 1 - chisqr / sum w y^2, and N stands in place of N - 1.

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
    chi2_pvalue: float | None
    """Probability that chisqr is as large or larger where the model is right and sigma is absolute; None elsewhere."""
    rmse: float | None
    """The root mean square error, sqrt(sum w (y - model)^2 / sum w)."""
    response_variance: float | None
    """Variance of a response of weight 1 about the model: redchi, or 1 where sigma is absolute; with a robust loss from
    the median size of the residuals. None for counts: it is the model itself."""
    rsquared: float | None
    adjusted_rsquared: float | None
    aic: float | None
    aicc: float | None
    bic: float | None
    stderr: dict[str, float | None]
    confidence_level: float | None
    confidence_intervals: dict[str, tuple[float, float] | None]
    """Intervals by Student's t with nfree degrees of freedom if the variance of y was estimated for a sum of squares;
    else, as in statsmodels, by the normal distribution."""
    covar: list[list[float]] | None
    correl: list[list[float]] | None
    condition: float | None
    """Condition number of the Jacobian with columns of length one."""
    warnings: list[str]
    """Sentences that say which numbers should not be trusted, and why."""
    nfev: int | None = None
    """Evaluations of the model that the training took; its driver knows."""
    profile_intervals: dict[str, tuple[float | None, float | None]] | None = None
    """Confidence intervals by profile likelihood, where somebody asked for them."""


def statistics(problem: Problem, parameters: Tensor, confidence_level: float = 0.95) -> Statistics:
    """Return the statistics at `parameters` (free,), worked out in float64."""
    problem = counted(problem)
    fit_estimate = estimate(problem, parameters)
    ndata, nfree, covariance = len(fit_estimate.residual), fit_estimate.nfree, fit_estimate.covariance
    nvarys, chisqr = ndata - nfree, fit_estimate.chisqr
    redchi = chisqr / nfree if nfree > 0 else None
    explained, adjusted = rsquared(problem, fit_estimate)
    fitted = (problem.loss_function, fit_estimate.model, problem.data)
    information = criteria(*fitted, chisqr, nvarys)
    stderr = standard_errors(problem.parameters, parameters, fit_estimate)
    return Statistics(
        var_names=_named(problem, fit_estimate, inside=True),
        ndata=ndata,
        nvarys=nvarys,
        nfree=nfree,
        chisqr=_finite(chisqr),
        redchi=_finite(redchi),
        chi2_pvalue=chi2_pvalue(problem.loss_function, problem.data, chisqr, nfree),
        rmse=_finite(rmse(*fitted, chisqr)),
        response_variance=_finite(
            response_variance(problem.loss_function, problem.data, fit_estimate.residual, redchi)
        ),
        rsquared=_finite(explained),
        adjusted_rsquared=_finite(adjusted),
        aic=_finite(information.aic),
        aicc=_finite(information.aicc),
        bic=_finite(information.bic),
        stderr=stderr,
        confidence_level=confidence_level,
        confidence_intervals=intervals(
            problem.coefficients(parameters), stderr, confidence_level, problem.loss_function, problem.data, nfree
        ),
        covar=None if covariance is None else covariance.tolist(),
        correl=correlations(covariance),
        condition=fit_estimate.condition,
        warnings=_warnings(problem, fit_estimate),
    )


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _named(problem: Problem, fit_estimate: Estimate, inside: bool) -> list[str]:
    """Return the names of the free parameters that can move, or of those at a bound."""
    free = zip(problem.parameters.free, fit_estimate.inside, strict=True)
    return [name for name, moves in free if moves is inside]


def intervals(
    coefficients: Mapping[str, float],
    stderr: Mapping[str, float | None],
    level: float,
    loss: Loss,
    data: Data,
    nfree: int,
) -> dict[str, tuple[float, float] | None]:
    """Return the confidence interval of each coefficient by name, as `Statistics` describes them."""
    estimated = isinstance(loss, SumOfSquares) and not data.sigma_is_absolute
    if nfree <= 0 and estimated:
        return dict.fromkeys(stderr)
    wide = two_sided(level, nfree if estimated else None)
    return {
        name: None if (error := stderr[name]) is None else interval(center, wide * error)
        for name, center in coefficients.items()
    }


def interval(center: float, wide: float) -> tuple[float, float] | None:
    """Return the limits that are `wide` away from a coefficient; None where one is no finite number."""
    return (center - wide, center + wide) if math.isfinite(abs(center) + wide) else None


def _warnings(problem: Problem, fit_estimate: Estimate) -> list[str]:
    told = [warnings.at_bound(name) for name in _named(problem, fit_estimate, inside=False)]
    if is_without_signal(problem):
        told.append(warnings.NO_SIGNAL)
    if fit_estimate.nfree <= 0:
        told.append(warnings.NO_DEGREES_OF_FREEDOM)
    if fit_estimate.inverse is None and any(fit_estimate.inside):
        told.append(warnings.undetermined(fit_estimate.undetermined))
    if fit_estimate.is_rounding:
        return [*told, *rounding_warning(problem.loss_function, problem.data, fit_estimate.nfree)]
    at_bounds = not all(fit_estimate.inside)
    plain = plain_model_warning(problem, fit_estimate.chisqr, sum(fit_estimate.inside), at_bounds)
    if fit_estimate.distance > FAR_FROM_MINIMUM:
        told.append(warnings.far_from_minimum(fit_estimate.distance))
    return [*told, *plain, *autocorrelation_warning(problem.data.variables, fit_estimate.residual)]


def scatter_tells(loss: Loss, sigma_is_absolute: bool) -> bool:
    """Tell whether standard errors follow from the scatter of the residuals."""
    return not isinstance(loss, Poisson) and not (sigma_is_absolute and isinstance(loss, SumOfSquares))


def rounding_warning(loss: Loss, data: Data, nfree: int) -> list[str]:
    """Return the warning of residuals that are rounding, if standard errors follow from them."""
    return [warnings.ROUNDING] if nfree > 0 and scatter_tells(loss, data.sigma_is_absolute) else []
