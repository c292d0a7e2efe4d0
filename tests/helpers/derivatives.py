"""Derivatives of functions of one number, by our own backward passes and exactly."""

from collections.abc import Callable, Sequence

import mpmath
import torch
from torch import Tensor
from torch.func import grad, jacfwd, vmap


def derivative(function: Callable[[Tensor], Tensor], order: int, points: Sequence[float]) -> list[float]:
    """Return a derivative at each point, in reverse mode; of the second order on, the last one in forward mode."""
    for number in range(order):
        function = jacfwd(function) if number and number == order - 1 else grad(function)
    values: list[float] = vmap(function)(torch.tensor(points, dtype=torch.float64)).tolist()
    return values


def exact(function: Callable[[mpmath.mpf], mpmath.mpf], points: Sequence[float]) -> list[float]:
    """Return values to the last digit of float64; the function works in 60 digits."""
    with mpmath.workdps(60):
        return [float(function(mpmath.mpf(point))) for point in points]
