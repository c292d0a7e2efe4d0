"""How well a model follows its data, as single numbers."""

import math

import torch
from torch import Tensor

from app.fitting.losses import Poisson, SumOfSquares, robust_standard_deviation
from app.fitting.problem import Problem


def rsquared(problem: Problem, chisqr: float) -> float | None:
    """1 - chisqr / sum w (y - mean y)^2, w the weights, by which the mean is weighted too; None for counts."""
    if isinstance(problem.loss_function, Poisson):
        return None
    y, factor = problem.data.y.double(), problem.data.factor
    weights = torch.ones_like(y) if factor is None else factor.double().square()
    if not weights.any():
        return None
    spread = (weights @ (y - weights @ y / weights.sum()).square()).item()
    return 1 - chisqr / spread if spread > 0 else None


def minus_twice_log_likelihood(problem: Problem, parameters: Tensor, chisqr: float) -> float | None:
    """N ln(chisqr / N), up to a constant, for a sum of squares; of counts the whole; None for robust losses."""
    points = len(problem.data.y)
    if isinstance(problem.loss_function, SumOfSquares):
        return points * math.log(chisqr / points) if 0 < chisqr < math.inf else None
    if not isinstance(problem.loss_function, Poisson):
        return None
    mean, count = problem.model(parameters).double(), problem.data.y.double()
    terms = torch.xlogy(count, mean) - mean - torch.lgamma(count + 1)
    if problem.data.factor is not None:
        terms = terms * problem.data.factor.double().square()
    return -2 * terms.sum().item()


def response_variance(problem: Problem, residual: Tensor, redchi: float | None) -> float | None:
    """Variance of a response with a factor of 1 about the model; None for counts: it is the model itself."""
    if isinstance(problem.loss_function, Poisson):
        return None
    if problem.data.sigma_is_absolute:
        return 1.0
    if isinstance(problem.loss_function, SumOfSquares):
        return redchi
    # Outliers are none of the responses that a robust loss expects.
    return robust_standard_deviation(residual).item() ** 2
