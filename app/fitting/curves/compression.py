"""Sums of squares of many curves over few nodes instead of all points, as `problems.compression` does it for one."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from app.fitting.curves.problem import CurveProblem, columns_of
from app.fitting.formulas.polynomial_degree import degree_in
from app.fitting.numerics.small_systems import triangles
from app.fitting.problems.compression import WORTHWHILE
from app.fitting.problems.losses import SumOfSquares
from app.fitting.problems.objective import Linearised


@dataclass(frozen=True)
class CompressedCurves:
    """Losses ||A f(nodes) - q||^2 + floor, one for each curve."""

    at_nodes: CurveProblem
    """The model at the nodes; its y is q, (nodes, curves)."""
    matrix: Tensor
    """A, (nodes, nodes, 1) where all curves share it, else (nodes, nodes, curves)."""
    floor: Tensor
    """Sum of squares that no polynomial of the degree can avoid, (curves,)."""

    @property
    def curves(self) -> int:
        """Return the number of curves."""
        return self.at_nodes.curves

    @property
    def start(self) -> Tensor:
        """Return the start values, (free, curves)."""
        return self.at_nodes.start

    def loss(self, parameters: Tensor) -> Tensor:
        """Return the loss of each curve over all points, (curves,), at parameters (free, curves)."""
        residual = (self.matrix * self.at_nodes.model(parameters)).sum(1) - self.at_nodes.y
        return (residual * residual).sum(0) + self.floor

    def linearised(self, parameters: Tensor) -> Linearised:
        """Return the losses, (curves,), with residual, (nodes, curves), and Jacobian, (nodes, free, curves)."""
        model, jacobian = self.at_nodes.model_and_jacobian(parameters)
        residual = (self.matrix * model).sum(1) - self.at_nodes.y
        jacobian = (self.matrix[:, :, None] * jacobian).sum(1)
        return Linearised((residual * residual).sum(0) + self.floor, residual, jacobian)

    def project(self, parameters: Tensor) -> Tensor:
        """Return the nearest parameters (free, curves) within their bounds."""
        return self.at_nodes.project(parameters)

    def blocked(self, parameters: Tensor, gradient: Tensor) -> Tensor:
        """Tell which parameters (free, curves) are at a bound that descent along the gradient would cross."""
        return self.at_nodes.blocked(parameters, gradient)

    def take(self, curves: Tensor) -> "CompressedCurves":
        """Return the curves whose numbers are `curves`."""
        return CompressedCurves(self.at_nodes.take(curves), columns_of(self.matrix, curves), self.floor[curves])


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
    if degree is None or len(x) < WORTHWHILE * (degree + 1) or not bool((low < high).all()):
        return None
    origin, unit = low / 2 + high / 2, high / 2 - low / 2
    columns = _chebyshev(degree, (x - origin) / unit)
    triangle, target, floor = _reduced(columns, problem.y, problem.factor)
    angles = math.pi * (torch.arange(degree + 1, device=x.device) + 0.5).double() / (degree + 1)
    at_nodes = _chebyshev(degree, angles.cos()[:, None])[:, :, 0]
    matrix = torch.linalg.solve(at_nodes, triangle.permute(2, 0, 1), left=False).permute(1, 2, 0).contiguous()
    nodes = origin + unit * angles.cos()[:, None]
    counts = torch.full_like(problem.counts, degree + 1)
    posed = replace(problem, variables={variable: nodes}, y=target, factor=None, counts=counts)
    return CompressedCurves(posed, matrix, floor)


def _chebyshev(degree: int, u: Tensor) -> Tensor:
    """Return the polynomials T_0 ... T_degree, (points, degree + 1, curves), at u (points, curves) from -1 to 1."""
    powers = torch.arange(degree + 1, device=u.device).to(u)[:, None]
    return torch.cos(powers * u.clamp(-1, 1).acos()[:, None])


def _reduced(columns: Tensor, y: Tensor, factor: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Return the triangles and right sides of a QR decomposition, and the sums of squares that no solution avoids.

    Their shapes are (columns, columns, 1 or curves), (columns, curves) and (curves,).
    """
    if factor is not None:
        columns, y = columns * factor[:, None], y * factor
    size = columns.shape[1]
    if columns.shape[2] == 1:
        orthogonal, triangle = torch.linalg.qr(columns[:, :, 0])
        target = orthogonal.T @ y
        return triangle[:, :, None], target, (y - orthogonal @ target).square().sum(0)
    beside = torch.cat([columns, y[:, None]], dim=1)
    whole = triangles(beside, torch.ones_like(beside[0], dtype=torch.bool))
    return whole[:size, :size], whole[:size, size], whole[size, size].square()
