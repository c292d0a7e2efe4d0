"""Bessel functions of the first kind.

J_n(u) / u^n is an even function of u without poles, and a family closed under differentiation: its derivative is -u
times the next member (NIST Digital Library of Mathematical Functions, 10.6.6).
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from app.fitting.autograd.elementwise import Elementwise
from app.fitting.autograd.interpolation import PI, Numbers, interpolated, polynomial

_EDGE = 8.0
"""From here on, amplitude and phase are smooth enough to be polynomials in 1 / u^2."""


class _Coefficients(NamedTuple):
    """Coefficients of polynomials: of the function near 0, and far from it of the parts with cosine and sine."""

    near: tuple[float, ...]
    cosine: tuple[float, ...]
    sine: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _ScaledBessel(Elementwise):
    """J_n(u) / u^n, to 3e-15 of its amplitude."""

    n: int

    def evaluate(self, *arguments: Tensor) -> Tensor:
        (u,) = arguments
        size = u.abs()
        near = polynomial(_coefficients(self.n).near, 2 / _EDGE**2 * (size * size) - 1)
        return torch.where(size < _EDGE, near, self._far(size))

    def _far(self, u: Tensor) -> Tensor:
        """Return the function by amplitudes of cos(u) and sin(u): u - pi/4 would lose digits of a large u."""
        inverse = 1 / u
        t = 2 * (_EDGE * inverse) ** 2 - 1
        cosine, sine = torch.cos(u), torch.sin(u)
        # Cosine and sine of u - pi/4, times sqrt(2), then of n right angles less.
        cosine, sine = cosine + sine, sine - cosine
        for _ in range(self.n % 4):
            cosine, sine = sine, -cosine
        _, of_cosine, of_sine = _coefficients(self.n)
        parts = polynomial(of_cosine, t) * cosine - polynomial(of_sine, t) * inverse * sine
        amplitude: Tensor = torch.sqrt(inverse / math.pi) * inverse**self.n
        return parts * amplitude

    def partials(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        return (-arguments[0] * _ScaledBessel(self.n + 1)(*arguments),)


@lru_cache
def _coefficients(n: int) -> _Coefficients:
    # Trapezoidal rules of smooth functions that are periodic, or fall fast, are exact (L. N. Trefethen and J. A. C.
    # Weideman, "The Exponentially Convergent Trapezoidal Rule", SIAM Review 56, 2014): of DLMF 10.9.4 and 10.17.13.
    angles = (np.arange(64, dtype=np.longdouble) + np.longdouble(0.5)) * (PI / 64)
    weights = np.sin(angles) ** (2 * n)
    weights /= weights.sum() * 2**n * math.factorial(n)

    def near(t: Numbers) -> Numbers:
        u = np.sqrt((1 + t) / 2) * _EDGE
        value: Numbers = np.cos(u[:, None] * np.cos(angles)) @ weights
        return value

    squares = (np.arange(-70, 71, dtype=np.longdouble) / 8) ** 2
    normal = squares**n * np.exp(-squares)
    normal /= normal.sum()

    def inverse(t: Numbers) -> Numbers:
        root: Numbers = np.sqrt((1 + t) / 2) / _EDGE
        return root

    def hankel(t: Numbers) -> tuple[Numbers, Numbers]:
        """Return the factors of cosine and sine; that of (1 + i w)^(n - 1/2) is of its size and its angle."""
        w = squares * inverse(t)[:, None] / 2
        size, angle = (1 + w * w) ** ((n - np.longdouble(0.5)) / 2), np.arctan(w) * (n - np.longdouble(0.5))
        return (size * np.cos(angle)) @ normal, (size * np.sin(angle)) @ normal

    return _Coefficients(
        interpolated(near, 20 + 2 * (n // 4)),
        interpolated(lambda t: hankel(t)[0], 14 + 2 * (n // 4)),
        interpolated(lambda t: hankel(t)[1] / inverse(t), 14 + 2 * (n // 4)),
    )


def j0(u: Tensor) -> Tensor:
    """Return the Bessel function of the first kind of order 0 of a real floating tensor."""
    return _ScaledBessel(0)(u)


def j1(u: Tensor) -> Tensor:
    """Return the Bessel function of the first kind of order 1 of a real floating tensor."""
    return u * _ScaledBessel(1)(u)
