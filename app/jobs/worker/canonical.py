"""The parameters of a model of the library as people write them: positive widths, peaks in order of place."""

from collections.abc import Callable

import torch
from torch import Tensor

from app.fitting.problems.curve_problem import CurveProblem
from app.jobs.fit.library import library_model
from app.jobs.fit.stored import StoredFit
from app.schemas.model import OfLibrary

Canonical = Callable[[Tensor], Tensor]
"""Turns parameters (free, curves) into others that are the same curves."""


def canonical_of(fit: StoredFit, problem: CurveProblem) -> Canonical:
    """Return how the parameters of a fit are brought into the form in which people write them.

    What a person gave stays as it is: of a curve in which a given start value, a bound or a fixed value would not hold
    any more, nothing changes. Neither does it where curves share parameters, or the model is no model of the library.
    """
    if not isinstance(fit.model, OfLibrary) or fit.shared:
        return _unchanged
    model = library_model(fit.model, tuple(problem.variables))
    parameters = problem.parameters
    left_to_us = {name for name in parameters.free if fit.parameters[name].start == "auto"}

    def canonical(free: Tensor) -> Tensor:
        values = {name: value.expand(free.shape[1]) for name, value in parameters.values(free).items()}
        changed = model.canonical(values)
        allowed = torch.ones_like(free[0], dtype=torch.bool)
        for name in values.keys() - left_to_us:
            allowed &= changed[name] == values[name]
        wanted = torch.stack([changed[name] for name in parameters.free])
        allowed &= (problem.project(wanted) == wanted).all(0)
        return torch.where(allowed, wanted, free)

    return canonical


def _unchanged(free: Tensor) -> Tensor:
    return free
