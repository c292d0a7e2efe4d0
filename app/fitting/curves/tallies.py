"""What a comparison of models needs of each of many curves."""

import torch
from torch import Tensor

from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import Poisson
from app.fitting.statistics.comparison import Tally


def tallies(problem: CurveProblem, parameters: Tensor) -> list[Tally]:
    """Return the tally of each curve at `parameters` (free, curves), for a sum of squares or for counts."""
    _, residual, jacobian = problem.linearised(parameters)
    moving = ~problem.blocked(parameters, (jacobian * residual[:, None]).sum(0))
    losses = problem.loss(parameters)
    rows = (problem.ndata, moving.sum(0), losses, _offsets(problem))
    return [Tally(*numbers) for numbers in zip(*(row.tolist() for row in rows), strict=True)]


def _offsets(problem: CurveProblem) -> Tensor:
    """Return what of minus twice the logarithm of the likelihood does not depend on the model, (curves,)."""
    counting = problem.counting
    squared = torch.ones_like(problem.y) if problem.factor is None else problem.factor.square().expand_as(problem.y)
    if isinstance(problem.loss_function, Poisson):
        perfect = torch.xlogy(problem.y, problem.y) - problem.y - torch.lgamma(problem.y + 1)
        terms = -2 * squared * perfect
    else:
        terms = -squared.log()
    return torch.where(counting, terms, 0.0).sum(0)
