"""A test of whether residuals look like noise."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from app.fitting.statistics import warnings

LEAST_POINTS = 20
"""Fewest points that are tested."""
FAR = 3.3
"""Bound in standard deviations; the autocorrelation of white noise passes it in fewer than one case in a thousand."""


def autocorrelation(residual: Tensor) -> float:
    """Return the lag-1 autocorrelation of residuals (points,) in their order: near 0 for noise, variance 1 / points."""
    total = (residual @ residual).item()
    return (residual[1:] @ residual[:-1]).item() / total if total > 0 else 0.0


def autocorrelation_warning(variables: Mapping[str, Tensor], residual: Tensor) -> list[str]:
    """Return a warning if neighbours in x have residuals too much alike; none for several variables, or few points.

    `residual` and each variable are (points,).
    """
    if len(variables) != 1 or len(residual) < LEAST_POINTS:
        return []
    (x,) = variables.values()
    ordered = residual[torch.argsort(x, stable=True)]
    at_lag_1 = autocorrelation(ordered)
    if not at_lag_1 * math.sqrt(len(ordered)) > FAR:
        return []
    return [warnings.alike_neighbours(at_lag_1)]
