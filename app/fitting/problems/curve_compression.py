"""Sums of squares of many curves over few nodes instead of all points, as `problems.compression` does it for one."""

from dataclasses import dataclass

from torch import Tensor

from app.fitting.problems.curve_problem import CurveProblem, columns_of
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
    def points(self) -> Tensor:
        """Return the number of nodes of each curve, (curves,)."""
        return self.at_nodes.counts

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
