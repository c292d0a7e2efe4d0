"""Whether a constant or a straight line tells as much of the data as the model that was fitted."""

import math

import torch
from torch import Tensor

from app.fitting.problems.data import Data
from app.fitting.problems.losses import SumOfSquares
from app.fitting.problems.problem import Problem

_MOSTLY = 0.5
"""Share of the scatter from which on a model explains something, however few points there are."""
_LEAST_EXPLAINED = 0.01
"""Share of the scatter below which a model explains nothing, however many points there are."""


def plain_model_warning(problem: Problem, chisqr: float, nvarys: int, at_bounds: bool) -> list[str]:
    """Return a warning if fewer parameters say the same: a constant, or for one variable a straight line.

    `chisqr` is that of the model with `nvarys` parameters that moved. The models are compared by the corrected
    criterion of Akaike (K. P. Burnham and D. R. Anderson, "Model Selection and Multimodel Inference", 2002, chapter 2),
    only for sums of squares, and models that are not linear: what a linear one explains is told by its R2.
    """
    data = problem.data
    if not isinstance(problem.loss_function, SumOfSquares) or problem.is_linear or nvarys < 2 or at_bounds:
        return []
    of_constant, points = _least_squares(data, []), len(data.y)
    explained = 1 - chisqr / of_constant if of_constant > 0 else 1.0
    if explained < _LEAST_EXPLAINED or (explained < _MOSTLY and _is_no_better(chisqr, nvarys, of_constant, 1, points)):
        return [
            "the model explains nothing of the scatter of y that a constant would not: there may be no signal, or the "
            "training is in a wrong valley; look at the data, try other start values or another model"
        ]
    if len(data.variables) != 1 or nvarys < 3:
        return []
    (x,) = data.variables.values()
    if _is_no_better(chisqr, nvarys, _least_squares(data, [x]), 2, points):
        return [
            "a straight line follows the data as well, with fewer parameters: over this range of x they do not show "
            "the bend by which the model is told, and its coefficients have no meaning of their own"
        ]
    return []


def _least_squares(data: Data, columns: list[Tensor]) -> float:
    """Return the sum of squared weighted residuals of the best constant plus multiples of some columns (points,)."""
    factor = torch.ones_like(data.y) if data.factor is None else data.factor
    # Centred and scaled: x may be far from 0.
    scaled = [(column - column.mean()) / (column.std() + torch.finfo(column.dtype).tiny) for column in columns]
    design = torch.stack([torch.ones_like(data.y), *scaled], dim=1).double() * factor.double()[:, None]
    target = (data.y - data.y.mean()).double() * factor.double()
    solution = torch.linalg.lstsq(design, target[:, None]).solution[:, 0]
    return float((target - design @ solution).square().sum())


def _is_no_better(chisqr: float, parameters: int, of_plain: float, of_plains: int, points: int) -> bool:
    """Tell whether a model is no better than a plain one with so many parameters, whose chisqr is `of_plain`."""
    score = _aicc(chisqr, points, parameters)
    return math.isfinite(score) and _aicc(of_plain, points, of_plains) <= score


def _aicc(chisqr: float, points: int, parameters: int) -> float:
    """Return the criterion; infinite where there are too few points for it."""
    if points - parameters - 1 <= 0:
        return math.inf
    likelihood = points * math.log(chisqr / points) if chisqr > 0 else -math.inf
    return likelihood + 2 * parameters + 2 * parameters * (parameters + 1) / (points - parameters - 1)
