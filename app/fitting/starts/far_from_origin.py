"""Data so far from x = 0 that the best coefficients are no numbers: exp(-b x) at seconds since 1970."""

from collections.abc import Collection, Generator
from dataclasses import replace

import torch

from app.fitting.problems.data import NotFiniteError
from app.fitting.problems.problem import Problem
from app.fitting.starts.search import Search, search_start

_FAR = 5.0
"""Distance of x from 0, in ranges of the data, from which on it is far."""
_BETTER = 0.9
"""Share of a loss up to which another one is clearly better."""
_SAME = 1.01
"""Ratio of the losses of one model at two origins."""
_OTHER_ORIGINS = (-2.0, 3.0)
"""Further origins, in ranges of the data from the first x."""


def refuse_far_from_origin(
    problem: Problem, unknown: Collection[str], seed: int, search: Search
) -> Generator[None, None, None]:
    """Raise NotFiniteError where a search found less than it would have in x less some origin.

    That is so where the model is the same family of curves at any origin, and fits clearly better at origins near the
    data than at 0: its coefficients at 0 would be too large or too small for any number. A model that is not the same
    at any origin, such as a power of x, is never refused.
    """
    if len(problem.data.variables) != 1 or {*unknown} != {*problem.parameters.free} or not len(search.minima.losses):
        return
    ((name, x),) = problem.data.variables.items()
    low, span = x.min().item(), (x.max() - x.min()).item()
    nearest = x.abs().min().item()
    if search.is_sure or not 0 < span * _FAR < nearest:
        return
    losses = []
    for ranges in (0.0, *_OTHER_ORIGINS):
        shifted = x - (low + ranges * span)
        moved = replace(problem, data=replace(problem.data, variables={name: shifted}))
        minima = (yield from search_start(moved, unknown, seed)).minima
        if not len(minima.losses):
            return
        losses.append(minima.losses[0])
        if not bool(losses[0] < _BETTER * search.minima.losses[0]):
            return
    of_origins = torch.stack(losses)
    if bool(of_origins.max() <= _SAME * of_origins.min()):
        words = (
            f"so far from {name} = 0 the best coefficients are too large or too small for any number: write ({name} - "
            f"origin) in place of {name}, with an origin near the data, such as {low:.10g}"
        )
        raise NotFiniteError("model", words)
