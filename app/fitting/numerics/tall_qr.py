"""QR decompositions of matrices with very many rows, a block at a time."""

import math
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor

from app.fitting.formulas.series import Scale

POINTS_AT_ONCE = 2**14
"""Number of rows of a block."""

Basis = Callable[[Tensor], Tensor]
"""A function that returns columns (points, columns) for some x (points,)."""


def triangle_of(blocks: Iterable[tuple[Tensor, Tensor]]) -> Tensor:
    """Return R (columns + 1, columns + 1) of the QR decomposition of columns and response side by side.

    `blocks` are columns (points, columns) and response (points,), some points at a time. Rows of zeros fill R up where
    there are fewer points. Raises ValueError if there are none.
    """
    triangle: Tensor | None = None
    for columns, response in blocks:
        rows = torch.cat([columns, response[:, None]], dim=1)
        triangle = torch.linalg.qr(rows if triangle is None else torch.cat([triangle, rows]), mode="r").R
    if triangle is None:
        raise ValueError("there are no points")
    square = triangle.new_zeros(triangle.shape[1], triangle.shape[1])
    square[: len(triangle)] = triangle
    return square


def weighted_blocks(basis: Basis, x: Tensor, y: Tensor, factor: Tensor | None) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield columns of a basis and response, each row times its factor, some points at a time.

    `x`, `y` and `factor` have the shape (points,); a factor of None is 1 everywhere.
    """
    for first in range(0, len(x), POINTS_AT_ONCE):
        rows = slice(first, first + POINTS_AT_ONCE)
        columns, response = basis(x[rows]), y[rows]
        if factor is not None:
            columns, response = columns * factor[rows, None], response * factor[rows]
        yield columns, response


def chebyshev_basis(degree: int, low: float, high: float) -> Basis:
    """Return the basis of Chebyshev's T_0 ... T_degree for x between low and high; its columns are well conditioned."""
    scale = Scale.of_domain(low, high)
    powers = torch.arange(degree + 1)
    return lambda x: torch.cos(powers.to(x) * scale(x).clamp(-1, 1).acos()[:, None])


def chebyshev_nodes(degree: int, low: float, high: float) -> Tensor:
    """Return the degree + 1 zeros of T_(degree + 1) between low and high, float64."""
    angles = math.pi * (torch.arange(degree + 1, dtype=torch.float64) + 0.5) / (degree + 1)
    scale = Scale.of_domain(low, high)
    return scale.origin + scale.unit * torch.cos(angles)
