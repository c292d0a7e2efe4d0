"""QR decompositions of matrices with very many rows, a block at a time."""

import math
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor

from app.fitting.formulas.series import Scale

POINTS_AT_ONCE = 2**14

Basis = Callable[[Tensor], Tensor]
"""Columns (points, columns) at some x (points,)."""


def triangle_of(blocks: Iterable[tuple[Tensor, Tensor]]) -> Tensor:
    """R, (columns + 1, columns + 1), of the QR decomposition of columns and response side by side.

    `blocks` are columns (points, columns) and response (points,), some points at a time. Rows of zeros fill it up where
    there are fewer points.
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
    """Columns of a basis and response, each row times its factor, some points at a time; all (points,)."""
    for first in range(0, len(x), POINTS_AT_ONCE):
        rows = slice(first, first + POINTS_AT_ONCE)
        columns, response = basis(x[rows]), y[rows]
        if factor is not None:
            columns, response = columns * factor[rows, None], response * factor[rows]
        yield columns, response


def chebyshev_basis(degree: int, low: float, high: float) -> Basis:
    """Chebyshev's polynomials T_0 ... T_degree of x between low and high: well conditioned columns."""
    scale = Scale.of_domain(low, high)
    powers = torch.arange(degree + 1)
    return lambda x: torch.cos(powers.to(x) * scale(x).clamp(-1, 1).acos()[:, None])


def chebyshev_nodes(degree: int, low: float, high: float) -> Tensor:
    """The degree + 1 zeros of T_(degree + 1) between low and high, float64."""
    angles = math.pi * (torch.arange(degree + 1, dtype=torch.float64) + 0.5) / (degree + 1)
    scale = Scale.of_domain(low, high)
    return scale.origin + scale.unit * torch.cos(angles)
