"""Whether a constant or a straight line tells as much of the data as the model that was fitted."""

import torch
from torch import Tensor

from app.fitting.problems.data import Data
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
    points = torch.tensor(len(data.y))
    fitted = torch.tensor(chisqr, dtype=torch.float64), torch.tensor(nvarys)
    if explains_nothing(*fitted, _least_squares(data, []), points):
        return [warnings.EXPLAINS_NOTHING]
    if len(data.variables) != 1 or nvarys < 3:
        return []
    (x,) = data.variables.values()
    return [warnings.STRAIGHT_LINE] if is_no_better(*fitted, _least_squares(data, [x]), 2, points) else []


def explains_nothing(chisqr: Tensor, nvarys: Tensor, of_constant: Tensor, points: Tensor) -> Tensor:
    """Tell whether models explain nothing that the best constant, whose chisqr is `of_constant`, would not; any shape.

    `nvarys` is the number of parameters that moved, `points` that of points.
    """
    explained = torch.where(of_constant > 0, 1 - chisqr / of_constant, 1.0)
    no_better = is_no_better(chisqr, nvarys, of_constant, 1, points)
    return (explained < _LEAST_EXPLAINED) | ((explained < _MOSTLY) & no_better)


def is_no_better(chisqr: Tensor, nvarys: Tensor, of_plain: Tensor, of_plains: int, points: Tensor) -> Tensor:
    """Tell whether models are no better than plain ones with so many parameters, whose chisqr is `of_plain`."""
    score = _aicc(chisqr, points, nvarys)
    return score.isfinite() & (_aicc(of_plain, points, torch.tensor(of_plains)) <= score)


def _least_squares(data: Data, columns: list[Tensor]) -> Tensor:
    """Return the sum of squared weighted residuals of the best constant plus multiples of some columns (points,)."""
    factor = torch.ones_like(data.y) if data.factor is None else data.factor
    # Centred and scaled: x may be far from 0.
    scaled = [(column - column.mean()) / (column.std() + torch.finfo(column.dtype).tiny) for column in columns]
    design = torch.stack([torch.ones_like(data.y), *scaled], dim=1).double() * factor.double()[:, None]
    target = (data.y - data.y.mean()).double() * factor.double()
    solution = torch.linalg.lstsq(design, target[:, None]).solution[:, 0]
    residual: Tensor = target - design @ solution
    return residual.square().sum()


def _aicc(chisqr: Tensor, points: Tensor, parameters: Tensor) -> Tensor:
    """Return the criterion; infinite where there are too few points for it."""
    likelihood = points * torch.where(chisqr > 0, (chisqr / points).log(), -torch.inf)
    beyond = torch.where(points - parameters > 1, points - parameters - 1.0, torch.nan)
    return (likelihood + 2 * parameters + 2 * parameters * (parameters + 1) / beyond).nan_to_num(
        torch.inf, torch.inf, -torch.inf
    )
