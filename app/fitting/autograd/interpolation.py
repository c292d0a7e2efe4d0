"""Polynomials that are as good as a smooth function on -1 to 1, in few operations."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from torch import Tensor

Numbers: TypeAlias = NDArray[np.longdouble]
"""Numbers of the longest kind that the processor has, so that coefficients are right to the last bit."""


def interpolated(function: Callable[[Numbers], Numbers], count: int) -> tuple[float, ...]:
    """Return the coefficients, lowest first, of the polynomial that equals a function at `count` points.

    They are Chebyshev's points in -1 to 1, where such a polynomial is nearly the best (L. N. Trefethen, "Approximation
    Theory and Approximation Practice", 2013). For powers, its digits are good if its Chebyshev coefficients fall fast.
    """
    places = (np.arange(count, dtype=np.longdouble) + np.longdouble(0.5)) * (PI / count)
    values = function(np.cos(places))
    terms = np.cos(np.outer(np.arange(count, dtype=np.longdouble), places)) @ values * (np.longdouble(2) / count)
    terms[0] /= 2
    return tuple(float(coefficient) for coefficient in chebyshev.cheb2poly(terms))


PI = np.arccos(np.longdouble(-1))
"""Half the circumference of the circle of radius 1, in as many digits as `Numbers` have."""


def polynomial(coefficients: Sequence[float], t: Tensor) -> Tensor:
    """Return the values at t of the polynomial with these coefficients, lowest first."""
    *others, value = coefficients
    total = t * value
    for coefficient in reversed(others[1:]):
        total = (total + coefficient) * t
    return total + others[0]
