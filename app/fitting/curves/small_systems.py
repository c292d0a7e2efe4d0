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


def held_triangles(jacobian: Tensor, moving: Tensor) -> Tensor:
    """R of the QR decompositions, (curves, free, free), of (points, free, curves), of which only some columns move.

    The column of a parameter that is held, as `moving` (free, curves) does not have it, is a unit vector at right
    angles to all others; zeros fill up rows where there are fewer points than parameters.
    """
    rows = jacobian.permute(2, 0, 1) * moving.T[:, None]
    ones = torch.diag_embed((~moving.T).to(rows.dtype))
    triangles: Tensor = torch.linalg.qr(torch.cat([rows, ones], dim=1), mode="r").R
    return triangles
