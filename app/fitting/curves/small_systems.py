"""Symmetric systems of a few equations, one a curve, as elementwise operations over the curves.

Unrolled, they fuse with what stands around them when they are compiled, and need no call of a library for each curve.
"""

import torch
from torch import Tensor


def normal_equations(jacobian: Tensor, residual: Tensor) -> tuple[Tensor, Tensor]:
    """J^T J, (free, free, curves), and J^T r, (free, curves), of (points, free, curves) and (points, curves)."""
    columns = jacobian.unbind(1)
    rows = [[(left * right).sum(0) for right in columns[: i + 1]] for i, left in enumerate(columns)]
    size = len(columns)
    gram = torch.stack([torch.stack([rows[max(i, j)][min(i, j)] for j in range(size)]) for i in range(size)])
    return gram, torch.stack([(column * residual).sum(0) for column in columns])


def solve_definite(matrix: Tensor, extra: Tensor, right: Tensor) -> Tensor:
    """Solutions, (free, curves), of definite systems (free, free, curves) by L D L^T; NaN where there is none.

    `extra` (free, curves) is added to the diagonals.
    """
    size = len(matrix)
    lower: list[list[Tensor]] = [[] for _ in range(size)]
    diagonal: list[Tensor] = []
    for j in range(size):
        for k in range(j):
            known = [lower[j][m] * lower[k][m] * diagonal[m] for m in range(k)]
            lower[j].append((matrix[j, k] - sum(known)) / diagonal[k])
        diagonal.append(matrix[j, j] + extra[j] - sum(lower[j][m] ** 2 * diagonal[m] for m in range(j)))
    forward: list[Tensor] = []
    for i in range(size):
        forward.append(right[i] - sum(lower[i][k] * forward[k] for k in range(i)))
    solution = [part / pivot for part, pivot in zip(forward, diagonal, strict=True)]
    for i in reversed(range(size)):
        solution[i] = solution[i] - sum(lower[k][i] * solution[k] for k in range(i + 1, size))
    return torch.stack(solution)


def triangles(columns: Tensor, moving: Tensor) -> Tensor:
    """R of the QR decompositions, (columns, columns, curves), of (points, columns, curves), of which only some move.

    A column that is held, as `moving` (columns, curves) does not have it, counts as a unit vector at right angles to
    all others. Always float64. By modified Gram-Schmidt, as stable as Householder's for R, and for least squares with
    the right side as the last column: A. Bjorck, "Solving Linear Least Squares Problems by Gram-Schmidt
    Orthogonalization", 1967. Of float32 by Cholesky's decomposition in float64, which has digits enough, in one pass.
    """
    if columns.dtype is not torch.float64:
        return _of_products(columns.double(), moving)
    size = columns.shape[1]
    rest, rows = columns * moving, []
    for index in range(size):
        first = rest[:, 0]
        length = (first * first).sum(0).sqrt()
        direction = first / torch.where(length > 0, length, 1.0)
        along = (direction[:, None] * rest[:, 1:]).sum(0)
        rest = rest[:, 1:] - direction[:, None] * along
        left = torch.zeros_like(moving[:index], dtype=columns.dtype)
        rows.append(torch.cat([left, torch.where(moving[index], length, 1.0)[None], along]))
    return torch.stack(rows)


def _of_products(columns: Tensor, moving: Tensor) -> Tensor:
    held = (~moving).double().unbind()
    parts = (columns * moving).unbind(1)
    size = len(parts)
    rows: list[list[Tensor]] = []
    for i in range(size):
        products = [(parts[i] * parts[j]).sum(0) for j in range(i, size)]
        products[0] = products[0] + held[i]
        for row, k in zip(rows, range(i), strict=True):
            products = [product - row[i - k] * right for product, right in zip(products, row[i - k :], strict=True)]
        pivot = products[0].clamp(min=0).sqrt()
        safe = torch.where(pivot > 0, pivot, 1.0)
        rows.append([pivot, *(product / safe for product in products[1:])])
    zero = torch.zeros_like(rows[0][0])
    return torch.stack([torch.stack([zero] * i + row) for i, row in enumerate(rows)])


def solve_triangles(triangle: Tensor, right: Tensor) -> Tensor:
    """Solutions, (size, sides, curves), of upper triangles (size, size, curves) and right sides, as the solutions."""
    below = torch.zeros_like(right[:0])
    for index in reversed(range(len(triangle))):
        known = (triangle[index, index + 1 :, None] * below).sum(0)
        below = torch.cat([((right[index] - known) / triangle[index, index])[None], below])
    return below


def pivots(triangle: Tensor) -> Tensor:
    """Sizes of what stands on the diagonals, (size, curves)."""
    return torch.stack([triangle[index, index] for index in range(len(triangle))]).abs()


def identities(triangle: Tensor) -> Tensor:
    """Unit matrices, (size, size, curves), as many as there are triangles."""
    one = torch.eye(len(triangle), dtype=triangle.dtype, device=triangle.device)
    return one[:, :, None].expand_as(triangle)
