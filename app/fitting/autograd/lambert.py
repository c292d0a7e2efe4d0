"""Lambert's W function, the inverse of w exp(w), on its principal branch.

W and W + 1 are a family closed under differentiation: W' = exp(-W) / (W + 1). Near the branch point at -1/e all digits
of W + 1 are in the second, near 0 all digits of W in the first.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from app.fitting.autograd.elementwise import Elementwise
from app.fitting.autograd.interpolation import Numbers, interpolated, polynomial

_INVERSE_E = math.exp(-1)
_REST_OF_INVERSE_E = -1.2428753672788363e-17
_EDGE = 1.0
"""Up to here W + 1 is a polynomial, from here on iterations lead to W."""
_OFFSET = 3.0
"""The distances p from the branch point become t = a + b / (p + offset), from -1 to 1."""
_FARTHEST = math.sqrt(2 * (math.e * _EDGE + 1))
_SLOPE = 2 / (1 / _OFFSET - 1 / (_FARTHEST + _OFFSET))
_START = 1 - _SLOPE / _OFFSET


@dataclass(frozen=True, slots=True)
class _Lambert(Elementwise):
    """W(u) + more, where `more` is 0 or 1."""

    more: int

    def evaluate(self, *arguments: Tensor) -> Tensor:
        (u,) = arguments
        far = _iterated(u)
        above = _near(u)
        near = above if self.more else u * torch.exp(1 - above)
        return torch.where(u < _EDGE, near, far + self.more)

    def partials(self, *arguments: Tensor) -> tuple[Tensor, ...]:
        (u,) = arguments
        w = _Lambert(0)(u)
        # Of a large W, exp(-W) would have fewer digits than W / u.
        is_far = (u > _EDGE) & (u < math.inf)
        share = torch.where(is_far, w / torch.where(is_far, u, 1.0), torch.exp(-w))
        return (share / _Lambert(1)(u),)


def _near(u: Tensor) -> Tensor:
    """Return W + 1 for u from -1/e to the edge, NaN below -1/e, which is the nearest number to it here."""
    above = u + _INVERSE_E
    exact = torch.where(above >= 0, (above + _REST_OF_INVERSE_E).clamp(min=0), math.nan)
    p = torch.sqrt(2 * math.e * exact)
    return p * polynomial(_coefficients(), _START + _SLOPE / (p + _OFFSET))


@lru_cache
def _coefficients() -> tuple[float, ...]:
    """Return the coefficients of (W + 1) / p in t; p^2 / 2 = e u + 1 is the sum of (W + 1)^k (k - 1) / k! for k > 1."""

    def share(t: Numbers) -> Numbers:
        p = _SLOPE / (t - _START) - _OFFSET
        above = np.log1p(p)
        for _ in range(20):
            excess = sum(above**k * (np.longdouble(k - 1) / math.factorial(k)) for k in range(2, 45)) - p * p / 2
            above = above - excess / (above * np.exp(above))
        value: Numbers = above / p
        return value

    return interpolated(share, 18)


def _iterated(u: Tensor) -> Tensor:
    """Return W for u from the edge on.

    S. Winitzki's start is good to a percent, and each iteration of F. N. Fritsch, R. E. Shafer and W. P. Crowley,
    "Algorithm 443: Solution of the Transcendental Equation w e^w = x", CACM 16, 1973, has four times as many digits.
    """
    logarithm, longer = torch.log(u), torch.log1p(u)
    w = longer * (1 - torch.log1p(longer) / (2 + longer))
    for _ in range(2):
        rest = logarithm - torch.log(w) - w
        above = 1 + w
        twice = 2 * above * (above + 2 / 3 * rest)
        w = w * (1 + rest / above * (twice - rest) / (twice - 2 * rest))
    return torch.where(u == math.inf, u, w)


def lambertw(u: Tensor) -> Tensor:
    """Return the w of at least -1 with w exp(w) = u, of a real floating tensor; NaN below -1/e."""
    return _Lambert(0)(u)
