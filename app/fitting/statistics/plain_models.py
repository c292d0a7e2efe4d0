"""Whether a constant or a straight line tells as much of the data as the model that was fitted."""

import math

import torch
from torch import Tensor

from app.fitting.problems.losses import SumOfSquares
from app.fitting.problems.problem import Problem
from app.fitting.statistics import warnings

_MOSTLY = 0.5
"""Share of the scatter from which on a model explains something, however few points there are."""
_LEAST_EXPLAINED = 0.01
"""Share of the scatter below which a model explains nothing, however many points there are."""


def is_without_signal(problem: Problem) -> bool:
    """Tell whether y is the same at all points, of which there are several, and the model is not linear."""
    y = problem.data.y
    return not problem.is_linear and len(y) > 1 and bool((y == y[0]).all())


def plain_model_warning(problem: Problem, chisqr: float, nvarys: int, at_bounds: bool) -> list[str]:
    """Return a warning if fewer parameters say the same: a constant, or for one variable a straight line.

    `chisqr` is that of the model with `nvarys` parameters that moved. The models are compared by the corrected
    criterion of Akaike (K. P. Burnham and D. R. Anderson, "Model Selection and Multimodel Inference", 2002, chapter 2),
    only for sums of squares, and models that are not linear: what a linear one explains is told by its R2.
    """
    data = problem.data
    if not isinstance(problem.loss_function, SumOfSquares) or problem.is_linear or nvarys < 2 or at_bounds:
        return []
    weight = torch.ones_like(data.y, dtype=torch.float64) if data.factor is None else data.factor.double().square()
    points, of_constant = len(data.y), squares_about_constant(data.y, weight)
    if explains_nothing(chisqr, nvarys, of_constant.item(), points):
        return [warnings.EXPLAINS_NOTHING]
    if len(data.variables) != 1 or nvarys < 3:
        return []
    (x,) = data.variables.values()
    of_line = squares_about_line(x, data.y, weight).item()
    return [warnings.STRAIGHT_LINE] if is_no_better(chisqr, nvarys, of_line, 2, points) else []


def explains_nothing(chisqr: float, nvarys: int, of_constant: float, points: int) -> bool:
    """Tell whether a model explains nothing that the best constant, whose chisqr is `of_constant`, would not.

    `nvarys` is the number of parameters that moved, `points` that of points.
    """
    explained = 1 - chisqr / of_constant if of_constant > 0 else 1.0
    return explained < _LEAST_EXPLAINED or (
        explained < _MOSTLY and is_no_better(chisqr, nvarys, of_constant, 1, points)
    )


def is_no_better(chisqr: float, nvarys: int, of_plain: float, of_plains: int, points: int) -> bool:
    """Tell whether a model is no better than a plain one with so many parameters, whose chisqr is `of_plain`."""
    score = _aicc(chisqr, points, nvarys)
    return math.isfinite(score) and _aicc(of_plain, points, of_plains) <= score


def squares_about_constant(y: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted sum of squares of y (points, ...) about the best constant, (...), float64."""
    return (weight * _centred(y.double(), weight).square()).sum(0)


def squares_about_line(x: Tensor, y: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted sum of squares of y (points, ...) about the best straight line in x, (...), float64."""
    x, y = _centred(x.double(), weight), _centred(y.double(), weight)
    slope = (weight * x * y).sum(0) / (weight * x.square()).sum(0).clamp(min=torch.finfo(torch.float64).tiny)
    return (weight * (y - slope * x).square()).sum(0)


def _centred(values: Tensor, weight: Tensor) -> Tensor:
    # Twice: the mean of numbers far from 0 is rounded.
    for _ in range(2):
        values = values - (weight * values).sum(0) / weight.sum(0)
    return values


def _aicc(chisqr: float, points: int, parameters: int) -> float:
    """Return the criterion; infinite where there are too few points for it."""
    if points - parameters - 1 <= 0:
        return math.inf
    likelihood = points * math.log(chisqr / points) if chisqr > 0 else -math.inf
    return likelihood + 2 * parameters + 2 * parameters * (parameters + 1) / (points - parameters - 1)
