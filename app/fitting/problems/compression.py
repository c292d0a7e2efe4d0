"""A sum of squares over any number of points, as one over few, where the model is a polynomial in x.

sum (f(x_i) - y_i)^2 w_i = ||A f(nodes) - q||^2 + floor for every polynomial f of degree n, with n + 1 nodes: both sides
are ||R c - q||^2 + floor in the coefficients c of f in any basis, R and q from the QR decomposition of the weighted
basis at the x_i. Loss and gradient are those of all points, to rounding; a step costs n + 1 points.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.formulas.polynomial_degree import degree_in
from app.fitting.numerics.chebyshev import Chebyshev
from app.fitting.numerics.tall_qr import triangle_of, weighted_blocks
from app.fitting.problems.losses import SumOfSquares
from app.fitting.problems.objective import Linearised
from app.fitting.problems.problem import Problem

_WORTHWHILE = 4
"""Points for each node from which on compression is worth its cost."""
_MOST_NODES_OF_A_PROGRAM = 32
"""Most nodes on which steps are a program: it has an instruction for each number of the matrix."""
_WORTHWHILE_STEP_BY_STEP = 2_000
"""Points for each node from which on steps on nodes, without a program, take less time than a program on all points."""


def is_worthwhile(points: int, nodes: int) -> bool:
    """Tell whether a training on so many nodes takes less time than one on so many points."""
    has_program = nodes <= _MOST_NODES_OF_A_PROGRAM
    return points >= nodes * (_WORTHWHILE if has_program else _WORTHWHILE_STEP_BY_STEP)


@dataclass(frozen=True)
class CompressedProblem:
    """An objective over nodes instead of points."""

    problem: Problem
    nodes: Tensor
    """The x of the nodes, (nodes,)."""
    matrix: Tensor
    """The matrix A, (nodes, nodes)."""
    target: Tensor
    """The vector q, (nodes,)."""
    floor: Tensor
    """Sum of squares that no polynomial of the degree can avoid, 0-d."""

    @property
    def points(self) -> int:
        """Return the number of nodes."""
        return len(self.nodes)

    def loss(self, parameters: Tensor) -> Tensor:
        """Return the loss over all points, 0-d, at `parameters` (free,)."""
        residual = self._residual(parameters)
        return (residual * residual).sum() + self.floor

    def linearised(self, parameters: Tensor) -> Linearised:
        """Return the loss over all points, and residual (nodes,) and Jacobian (nodes, free) at the nodes."""
        copies = parameters.detach()[:, None].expand(-1, len(self.nodes)).clone().requires_grad_()
        model = self._model(copies)
        (derivatives,) = torch.autograd.grad(model.sum(), copies, allow_unused=True, materialize_grads=True)
        residual = self.matrix @ model.detach() - self.target
        return Linearised((residual * residual).sum() + self.floor, residual, self.matrix @ derivatives.T)

    def project(self, parameters: Tensor) -> Tensor:
        """Return the nearest parameters (free,) within their bounds."""
        return self.problem.project(parameters)

    def blocked(self, parameters: Tensor, gradient: Tensor) -> Tensor:
        """Tell which parameters (free,) are at a bound that descent along the gradient (free,) would cross."""
        return self.problem.blocked(parameters, gradient)

    def _residual(self, parameters: Tensor) -> Tensor:
        return self.matrix @ self._model(parameters) - self.target

    def _model(self, parameters: Tensor) -> Tensor:
        self.problem.evaluations.count += 1
        (variable,) = self.problem.data.variables
        values = self.problem.parameters.values(parameters)
        return self.problem.formula({variable: self.nodes, **values}).expand_as(self.nodes)


def compressed(problem: Problem) -> CompressedProblem | None:
    """Return the problem over few nodes; None where that is not possible, or not worth its cost.

    It is possible for a sum of squares in float64, a model that is a polynomial in its one variable, and x that differ
    by more than their rounding.
    """
    data = problem.data
    if not isinstance(problem.loss_function, SumOfSquares) or data.y.dtype is not torch.float64:
        return None
    if len(data.variables) != 1:
        return None
    ((variable, x),) = data.variables.items()
    degree = degree_in(problem.formula, variable)
    if degree is None or not is_worthwhile(len(x), degree + 1):
        return None
    low, high = (end.item() for end in x.aminmax())
    if not low < high:
        return None
    basis = Chebyshev.between(low, high, degree)
    coefficients = basis.coefficients(x.device)
    if coefficients is None:
        return None
    triangle = triangle_of(weighted_blocks(basis, x, data.y, data.factor))
    matrix, target, floor = triangle[:-1, :-1] @ coefficients, triangle[:-1, -1], triangle[-1, -1].square()
    return CompressedProblem(problem, basis.nodes(x.device), matrix, target, floor)
