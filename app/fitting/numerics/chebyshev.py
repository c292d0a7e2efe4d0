"""Chebyshev's polynomials of the first kind as a basis of the polynomials on an interval: well conditioned columns."""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from app.fitting.formulas.series import Scale

_FAR = 4
"""Distance of an interval from 0, in half its lengths, up to which its x have as many digits as their places in it."""


@dataclass(frozen=True)
class Chebyshev:
    """The polynomials T_0 ... T_degree on an interval that `scale` maps onto -1 to 1."""

    degree: int
    scale: Scale

    @classmethod
    def between(cls, low: float, high: float, degree: int) -> "Chebyshev":
        """Return the polynomials for x between low and high. Raises SeriesError where that is no interval."""
        return cls(degree, Scale.of_domain(low, high))

    def __call__(self, x: Tensor) -> list[Tensor]:
        """Return the value of each polynomial, (points,), at x (points,)."""
        return _polynomials(self.degree, self.scale(x))

    def nodes(self, device: torch.device | str = "cpu") -> Tensor:
        """Return the zeros of T_(degree + 1), (degree + 1,), float64."""
        return _zeros(self.degree + 1).to(device) * self.scale.unit + self.scale.origin

    def coefficients(self, device: torch.device | str = "cpu") -> Tensor | None:
        """Return the matrix by which a polynomial's coefficients follow from its values at `nodes`, float64.

        Its shape is (degree + 1, degree + 1); None where float64 does not tell the nodes apart.
        """
        if abs(self.scale.origin) <= _FAR * self.scale.unit:
            return _coefficients(self.degree).to(device)
        # The nodes are rounded, and so not quite the zeros.
        inverse, failed = torch.linalg.inv_ex(torch.stack(self(self.nodes(device)), dim=1))
        return None if failed else inverse


@lru_cache(maxsize=256)
def _zeros(degree: int) -> Tensor:
    return torch.cos(math.pi * (torch.arange(degree, dtype=torch.float64) + 0.5) / degree)


@lru_cache(maxsize=256)
def _coefficients(degree: int) -> Tensor:
    inverse: Tensor = torch.linalg.inv(torch.stack(_polynomials(degree, _zeros(degree + 1)), dim=1))
    return inverse


def _polynomials(degree: int, u: Tensor) -> list[Tensor]:
    columns, twice = [torch.ones_like(u), u], u + u
    for _ in range(degree - 1):
        columns.append(twice * columns[-1] - columns[-2])
    return columns[: degree + 1]
