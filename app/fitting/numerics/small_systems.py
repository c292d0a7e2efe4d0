"""Systems of a few equations: one fit's by LAPACK, many curves' side by side, unrolled into operations on all of them.

Unrolled operations fuse with what stands around them when they are compiled, and need no call of a library for each
curve. Shapes are given for one fit; for many curves each has one more axis, at its end.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def normal_equations(jacobian: Tensor, residual: Tensor) -> tuple[Tensor, Tensor]:
    """Return J^T J (free, free) and J^T r (free,) of a Jacobian (points, free) and a residual (points,)."""
    if jacobian.ndim == 2:
        return jacobian.T @ jacobian, jacobian.T @ residual
    columns = jacobian.unbind(1)
    rows = [[(left * right).sum(0) for right in columns[: i + 1]] for i, left in enumerate(columns)]
    size = len(columns)
    gram = torch.stack([torch.stack([rows[max(i, j)][min(i, j)] for j in range(size)]) for i in range(size)])
    return gram, torch.stack([(column * residual).sum(0) for column in columns])


def solve_definite(matrix: Tensor, extra: Tensor, right: Tensor) -> Tensor:
    """Return the solutions (free,) of definite systems (free, free) with the right sides (free,).

    `extra` (free,) is added to the diagonals. A solution is NaN where the matrix is not definite.
    """
    if matrix.ndim == 2:
        factor, failed = torch.linalg.cholesky_ex(matrix + extra.diag())
        return torch.where(failed == 0, torch.cholesky_solve(right[:, None], factor)[:, 0], torch.nan)
    return _by_elimination(matrix, extra, right)


def _by_elimination(matrix: Tensor, extra: Tensor, right: Tensor) -> Tensor:
    """Solve by the decomposition L D L^T."""
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
    solution = [entry / pivot for entry, pivot in zip(forward, diagonal, strict=True)]
    for i in reversed(range(size)):
        solution[i] = solution[i] - sum(lower[k][i] * solution[k] for k in range(i + 1, size))
    return torch.stack(solution)


def triangles(columns: Tensor, moving: Tensor) -> Tensor:
    """Return R (columns, columns), always float64, of the QR decompositions of matrices (points, columns).

    A column is held where `moving` (columns,) is false: it counts as a unit vector at right angles to all others. For
    many curves the method is modified Gram-Schmidt, as stable as Householder's for R, and for least squares with the
    right side as the last column: A. Bjorck, "Solving Linear Least Squares Problems by Gram-Schmidt Orthogonalization",
    1967. Where they are float32 it is Cholesky's decomposition in float64, which has digits enough, in one pass.
    """
    held = columns.double() * moving
    if columns.ndim == 2:
        triangle: Tensor = torch.linalg.qr(torch.cat([held, (~moving).double().diag()]), mode="r").R
        return triangle
    vectors = held.unbind(1)
    if columns.dtype is torch.float64:
        return _triangular(_by_gram_schmidt(vectors, moving))
    return _triangular(_by_products(vectors, moving))


def _by_gram_schmidt(vectors: Sequence[Tensor], moving: Tensor) -> list[list[Tensor]]:
    rows: list[list[Tensor]] = []
    while vectors:
        first, *rest = vectors
        length = (first * first).sum(0).sqrt()
        # All sums of a column follow from the vectors alone, so that one pass over the points gives them.
        safe = torch.where(length > 0, length, 1.0)
        along = [(first * vector).sum(0) / safe for vector in rest]
        vectors = [vector - first * (share / safe) for vector, share in zip(rest, along, strict=True)]
        rows.append([torch.where(moving[len(rows)], length, 1.0), *along])
    return rows


def _by_products(vectors: Sequence[Tensor], moving: Tensor) -> list[list[Tensor]]:
    held = (~moving).double().unbind()
    size = len(vectors)
    rows: list[list[Tensor]] = []
    for i in range(size):
        products = [(vectors[i] * vectors[j]).sum(0) for j in range(i, size)]
        products[0] = products[0] + held[i]
        for row, k in zip(rows, range(i), strict=True):
            products = [product - row[i - k] * right for product, right in zip(products, row[i - k :], strict=True)]
        pivot = products[0].clamp(min=0).sqrt()
        safe = torch.where(pivot > 0, pivot, 1.0)
        rows.append([pivot, *(product / safe for product in products[1:])])
    return rows


def _triangular(rows: Sequence[Sequence[Tensor]]) -> Tensor:
    zero = torch.zeros_like(rows[0][0])
    return torch.stack([torch.stack([zero] * index + [*row]) for index, row in enumerate(rows)])


def solve_triangles(triangle: Tensor, right: Tensor) -> Tensor:
    """Return the solutions (size, sides) of upper triangles (size, size) with the right sides (size, sides)."""
    if triangle.ndim == 2:
        solution: Tensor = torch.linalg.solve_triangular(triangle, right, upper=True)
        return solution
    size = len(triangle)
    below: list[Tensor] = []
    for i in reversed(range(size)):
        known = [triangle[i, k] * below[size - 1 - k] for k in range(i + 1, size)]
        below.append((right[i] - sum(known)) / triangle[i, i])
    return torch.stack(below[::-1])


def diagonals(matrix: Tensor) -> Tensor:
    """Return the diagonals (size,) of matrices (size, size)."""
    if matrix.ndim == 2:
        return matrix.diagonal()
    return torch.stack([matrix[index, index] for index in range(len(matrix))])


def identities(triangle: Tensor) -> Tensor:
    """Return unit matrices (size, size), as many as there are triangles (size, size)."""
    if triangle.ndim == 2:
        return torch.eye(len(triangle), dtype=triangle.dtype, device=triangle.device)
    zero = torch.zeros_like(triangle[0, 0])
    size = range(len(triangle))
    return torch.stack([torch.stack([zero + float(i == k) for k in size]) for i in size])


def norm(vector: Tensor) -> Tensor:
    """Return the length of a vector (entries,), 0-d."""
    return vector.square().sum(0).sqrt()
