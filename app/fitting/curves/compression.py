"""The way of many curves onto few nodes: as `problems.compression` brings one there.

What a curve is on its nodes follows from its own points alone, to the last bit, as the sums over them are programs'.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from app.fitting.formulas.formula import MAX_PARAMETERS, parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.formulas.polynomial_degree import degree_in
from app.fitting.numerics.small_systems import triangles
from app.fitting.problems.compression import is_worthwhile
from app.fitting.problems.curve_compression import CompressedCurves
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import SumOfSquares
from app.fitting.problems.objective import Objective
from app.fitting.programs.evaluation import evaluated, loss

_MOST_COLUMNS_OF_A_CURVE = 17
"""Most columns that each curve may have for itself: a program of their decomposition takes 2 s to make then."""


def compressed_curves(problem: CurveProblem) -> CompressedCurves | None:
    """Return the curves over few nodes; None where that is not possible, or not worth the work.

    It is possible for a sum of squares in float64 and a model that is a polynomial in its one variable, where each
    curve has at least two different x.
    """
    if not isinstance(problem.loss_function, SumOfSquares) or problem.y.dtype is not torch.float64:
        return None
    if len(problem.variables) != 1:
        return None
    ((variable, x),) = problem.variables.items()
    degree, low, high = degree_in(problem.formula, variable), x.amin(0), x.amax(0)
    # A coefficient of each column is a parameter.
    if degree is None or degree >= MAX_PARAMETERS:
        return None
    if not is_worthwhile(len(x), degree + 1) or not bool((low < high).all()):
        return None
    origin, unit = low / 2 + high / 2, high / 2 - low / 2
    reduced = _reduced(problem, _chebyshev(degree, (x - origin) / unit))
    if reduced is None:
        return None
    triangle, target, floor = reduced
    angles = math.pi * (torch.arange(degree + 1, device=x.device) + 0.5).double() / (degree + 1)
    at_nodes = torch.stack(_chebyshev(degree, angles.cos()), dim=1)
    matrix = torch.linalg.solve(at_nodes, triangle.permute(2, 0, 1), left=False).permute(1, 2, 0).contiguous()
    nodes = origin + unit * angles.cos()[:, None]
    counts = torch.full_like(problem.counts, degree + 1)
    posed = replace(problem, variables={variable: nodes}, y=target, factor=None, counts=counts, only_padded=False)
    return CompressedCurves(posed, matrix, floor)


def _chebyshev(degree: int, u: Tensor) -> list[Tensor]:
    """Return the polynomials T_0 ... T_degree, each in the shape of u, which is from -1 to 1."""
    columns, twice = [torch.ones_like(u), u], u + u
    for _ in range(degree - 1):
        columns.append(twice * columns[-1] - columns[-2])
    return columns[: degree + 1]


def _reduced(problem: CurveProblem, columns: Sequence[Tensor]) -> tuple[Tensor, Tensor, Tensor] | None:
    """Return the triangles and right sides of a QR decomposition, and the sums of squares that no solution avoids.

    Their shapes are (columns, columns, 1 or curves), (columns, curves) and (curves,). `columns` are (points, 1 or
    curves) each, and yet to be weighted. It is None where there are too many columns for a program.
    """
    if columns[0].shape[1] > 1 or (problem.factor is not None and problem.factor.shape[1] > 1):
        return _reduced_apart(_linear(problem, columns, problem.factor))
    weighted = torch.cat([*columns], dim=1)
    y = problem.y
    if problem.factor is not None:
        weighted, y = weighted * problem.factor, y * problem.factor
    orthogonal, triangle = torch.linalg.qr(weighted)
    posed = _linear(replace(problem, y=y), [column[:, None] for column in orthogonal.T.contiguous()], None)
    projected = evaluated(_projected, posed, posed.start, len(columns))
    floor = None if projected is None else evaluated(loss, posed, projected, 1)
    return None if projected is None or floor is None else (triangle[:, :, None], projected, floor[0])


def _reduced_apart(posed: CurveProblem) -> tuple[Tensor, Tensor, Tensor] | None:
    """Return the same where each curve has columns of its own, of a linear problem."""
    size = len(posed.start)
    if size > _MOST_COLUMNS_OF_A_CURVE:
        return None
    entries = evaluated(_triangle, posed, posed.start, (size + 1) ** 2)
    if entries is None:
        return None
    whole = entries.reshape(size + 1, size + 1, -1)
    return whole[:size, :size], whole[:size, size], whole[size, size].square()


def _linear(problem: CurveProblem, columns: Sequence[Tensor], factor: Tensor | None) -> CurveProblem:
    """Return the problem of y as a sum of columns, with coefficients that start at 0."""
    names = [f"c{index}" for index in range(len(columns))]
    formula = parse(" + ".join(f"a{name} * {name}" for name in names), names)
    variables = dict(zip(names, columns, strict=True))
    start = problem.y.new_zeros(len(names), problem.curves)
    only_padded = factor is not None and problem.only_padded
    return CurveProblem(
        formula,
        variables,
        problem.y,
        factor,
        problem.counts,
        Parameters(formula.parameters),
        start,
        only_padded=only_padded,
    )


def _projected(objective: Objective, parameters: Tensor) -> Sequence[Tensor]:
    """Return minus half the gradient, of coefficients of 0 the products of columns and y."""
    here = objective.linearised(parameters)
    return (-(here.jacobian * here.residual[:, None]).sum(0)).unbind()


def _triangle(objective: Objective, parameters: Tensor) -> Sequence[Tensor]:
    """Return the entries of the triangle of the weighted columns and y."""
    here = objective.linearised(parameters)
    beside = torch.cat([here.jacobian, -here.residual[:, None]], dim=1)
    return triangles(beside, torch.ones_like(beside[0], dtype=torch.bool)).flatten(0, 1).unbind()
