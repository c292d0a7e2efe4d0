"""QR decompositions of matrices with very many rows, a block at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor

POINTS_AT_ONCE = 2**14
"""Number of rows of a block."""

Basis = Callable[[Tensor], Sequence[Tensor]]
"""A function that returns columns, (points,) each, for some x (points,)."""


def triangle_of(blocks: Iterable[Tensor]) -> Tensor:
    """Return R (columns, columns) of the QR decomposition of a matrix (points, columns).

    `blocks` are some of its rows at a time; they are decomposed fastest where their columns are contiguous. Rows of
    zeros fill R up where there are fewer points. Raises ValueError if there are none.
    """
    triangles = [_triangle(rows) for rows in blocks]
    if not triangles:
        raise ValueError("there are no points")
    triangle = triangles[0] if len(triangles) == 1 else _triangle(torch.cat(triangles))
    missing = triangle.shape[1] - triangle.shape[0]
    return torch.cat([triangle, triangle.new_zeros(missing, triangle.shape[1])]) if missing else triangle


def _triangle(rows: Tensor) -> Tensor:
    triangle: Tensor = torch.linalg.qr(rows, mode="r").R
    return triangle


def weighted_blocks(basis: Basis, x: Tensor, y: Tensor, factor: Tensor | None) -> Iterator[Tensor]:
    """Yield the columns of a basis and y as the last, each row times its factor, some points at a time.

    `x`, `y` and `factor` have the shape (points,); a factor of None is 1 everywhere.
    """
    for first in range(0, len(x), POINTS_AT_ONCE):
        rows = slice(first, first + POINTS_AT_ONCE)
        # Columns stand one after another in memory, as LAPACK takes them.
        block = torch.stack([*basis(x[rows]), y[rows]]).T
        yield block if factor is None else block * factor[rows, None]
