"""What residuals at the end of a candidate look like: noise, rounding, or neither."""

import torch
from torch import Tensor

from app.fitting.problems.losses import SumOfSquares
from app.fitting.problems.problem import Problem
from app.fitting.statistics.whiteness import LEAST_POINTS, autocorrelation


def far_from_noise(problem: Problem, parameters: Tensor) -> float | None:
    """Return by how many standard deviations the residuals at parameters (free,) differ from noise, if any."""
    x, *others = problem.data.variables.values()
    if others or not isinstance(problem.loss_function, SumOfSquares) or problem.points < LEAST_POINTS:
        return None
    residual = problem.residual(parameters)[x.argsort(stable=True)]
    return float(abs(autocorrelation(residual)) * problem.points**0.5)


def negligible(problem: Problem) -> float:
    """Return the loss that is mere rounding."""
    y, factor = problem.data.y, problem.data.factor
    loss_of_constant: Tensor = problem.loss_function.terms(y.mean().expand_as(y), y, factor).sum()
    return torch.finfo(y.dtype).eps * loss_of_constant.nan_to_num().item()
