"""A problem on fewer points, for a search that tries thousands of candidates on them."""

from dataclasses import replace

import torch

from app.fitting.problems.data import Data
from app.fitting.problems.problem import Problem

MOST_POINTS = 400
"""Most points on which candidates are tried."""


def thinned(problem: Problem, generator: torch.Generator) -> Problem:
    """Return the problem on at most MOST_POINTS points, in the order of the first variable.

    The points are divided into stretches of equally many, and one is drawn from each: among evenly chosen points a fast
    oscillation looks like a slow one.
    """
    data, points = problem.data, len(problem.data.y)
    if points <= MOST_POINTS:
        return problem
    order = next(iter(data.variables.values())).argsort(stable=True)
    places = torch.arange(MOST_POINTS) + torch.rand(MOST_POINTS, generator=generator, dtype=torch.float64)
    chosen = order[(places * (points / MOST_POINTS)).long().clamp(max=points - 1).to(order.device)]
    variables = {name: variable[chosen] for name, variable in data.variables.items()}
    factor = None if data.factor is None else data.factor[chosen]
    return replace(problem, data=Data(variables, data.y[chosen], factor, data.sigma_is_absolute))
