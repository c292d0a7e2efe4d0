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


def solve_definite(matrix: Tensor, right: Tensor) -> Tensor:
    """Solutions, (free, curves), of definite systems (free, free, curves) by L D L^T; NaN where there is none."""
    size = len(matrix)
    lower: list[list[Tensor]] = [[] for _ in range(size)]
    diagonal: list[Tensor] = []
    for j in range(size):
        for k in range(j):
            known = [lower[j][m] * lower[k][m] * diagonal[m] for m in range(k)]
            lower[j].append((matrix[j, k] - sum(known)) / diagonal[k])
        diagonal.append(matrix[j, j] - sum(lower[j][m] ** 2 * diagonal[m] for m in range(j)))
    forward: list[Tensor] = []
    for i in range(size):
        forward.append(right[i] - sum(lower[i][k] * forward[k] for k in range(i)))
    solution = [part / pivot for part, pivot in zip(forward, diagonal, strict=True)]
    for i in reversed(range(size)):
        solution[i] = solution[i] - sum(lower[k][i] * solution[k] for k in range(i + 1, size))
    return torch.stack(solution)
