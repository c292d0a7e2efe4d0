"""Linear least squares in one step, to the last digits of float64."""

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol, cast

import torch
from torch import Tensor

from app.fitting.numerics.double_double import DoubleDouble
from app.fitting.optimizers.base import End, Optimizer, State, Step
from app.fitting.problems.design_matrix import Design, row_blocks
from app.fitting.problems.objective import Objective

MOST_CONDITION = 1e15
"""Condition number, of columns of length one, beyond which the data's own rounding decides about the solution."""
_MOST_PRECONDITIONED = 1e3
"""Condition number of A R^-1 that R's rounding may leave; it is near 1 where A is far from singular."""
_MOST_REFINEMENTS = 10
_LEAST_NORM_REFINEMENTS = 3
_LEFT_TO_REFINE = 2.0**-94
"""Size of an update, beside the target, after which no other follows: it left only the rounding of double-double."""


class LinearObjective(Objective, Protocol):
    """An objective whose model is linear in the parameters."""

    @property
    def design(self) -> Design:
        """Design matrix and target; finite where the model is."""


@dataclass(frozen=True)
class LinearSolution:
    """The minimum of ||A p - b|| and what statistics need of it, all float64; `curves` only where b has them."""

    parameters: Tensor
    """(free,) or (free, curves); NaN where design or target are not finite."""
    residual: Tensor
    """A p - b, (points,) or (points, curves), at p before it is rounded to float64."""
    chisqr: Tensor
    """Sum of the squared residuals, 0-d or (curves,)."""
    inverse: Tensor | None
    """(A^T A)^-1, (free, free); None if A is singular."""
    condition: float | None
    """Condition number of A with columns of length one; None if A is singular."""


@dataclass(frozen=True)
class LeastSquares(Optimizer):
    """The minimum in one step, wherever the start is.

    Where the data do not determine all parameters, it is the solution of least norm, in units in which the columns of
    the design matrix have length one.
    """

    name = "least_squares"
    title = "Direct least squares"
    description = (
        "The direct solution by QR, of a model that is linear in its parameters: one step, wherever it starts."
    )
    only_loss = "squares"
    takes_bounds = False
    solves_directly = True

    def init(self, parameters: Tensor) -> State:
        """Return whether it is solved, and whether the design was singular, 0-d, 0 or 1."""
        zero = parameters.new_zeros(())
        return {"solved": zero, "singular": zero}

    def done(self, state: State) -> End | None:
        """Return how it ended, after one step."""
        if state["singular"]:
            return End(
                "singular", "solved", "the data do not determine all parameters: these are one of many solutions"
            )
        return End("converged", "solved", "the minimum was solved for") if state["solved"] else None

    def step(self, objective: Objective, parameters: Tensor, _state: State) -> Step:
        """Solve, if the objective is a LinearObjective; the parameters are NaN where the model is not finite."""
        solution = solve(cast(LinearObjective, objective).design)
        singular = parameters.new_tensor(solution.condition is None)
        state = {"solved": parameters.new_ones(()), "singular": singular}
        return Step(solution.parameters.to(parameters.dtype), state, objective.loss(parameters).detach())


def solve(design: Design) -> LinearSolution:
    """Minimise ||A p - b||.

    The triangle R of A's QR decomposition in float64, taken as exact, makes C = A R^-1 nearly orthonormal. C and the
    residuals are worked out in double-double, and the solution of the normal equations of C is refined by them until
    only the rounding of double-double is left; so p keeps all digits of float64 up to a condition number of 1e15.
    Iterative refinement: A. Bjorck, "Iterative refinement of linear least squares solutions I", 1967; QR as a
    preconditioner in higher precision: I. Yamazaki, S. Tomov and J. Dongarra, "Mixed-Precision Cholesky QR
    Factorization and Its Case Studies on Multicore CPU with Multiple GPUs", 2015.
    """
    scaled = _Scaled.of(design)
    if not scaled.finite:
        return _undefined(design)
    triangle = _Triangle.of(scaled.matrix.high)
    if triangle is not None:
        triangle.divide(scaled.matrix)
        gram = scaled.matrix.high.T @ scaled.matrix.high
        condition = triangle.condition_with(gram)
        if condition <= MOST_CONDITION:
            minimum, inverse = _refined(scaled, gram, triangle)
            return scaled.restored(minimum, inverse, condition)
        scaled = _Scaled.of(design)
    return scaled.restored(_least_norm(scaled), None, None)


class _Minimum(NamedTuple):
    solution: DoubleDouble
    """(free, curves)"""
    residual: Tensor
    """b - A p, (points, curves)"""
    chisqr: Tensor
    """(curves,)"""


class _Scaled(NamedTuple):
    """A design with its columns and right sides, (points, curves), divided by powers of two: none is above 1."""

    matrix: DoubleDouble
    target: DoubleDouble
    column_exponents: Tensor
    target_exponents: Tensor
    finite: bool
    curves: bool

    @classmethod
    def of(cls, design: Design) -> "_Scaled":
        curves = design.target.high.ndim == 2
        target = design.target if curves else design.target[:, None]
        largest = [part.high.abs().amax(0) for part in (design.matrix, target)]
        columns, targets = (torch.frexp(part).exponent.clamp(-1000, 1000) for part in largest)
        finite = all(bool(part.isfinite().all()) for part in largest)
        matrix = design.matrix.times_power_of_two(-columns)
        return cls(matrix, target.times_power_of_two(-targets), columns, targets, finite, curves)

    def restored(self, minimum: _Minimum, inverse: Tensor | None, condition: float | None) -> LinearSolution:
        """The solution of the design as it was before."""
        columns, targets = self.column_exponents, self.target_exponents
        parameters = minimum.solution.times_power_of_two(targets).times_power_of_two(-columns[:, None]).high
        residual = torch.ldexp(-minimum.residual, targets)
        chisqr = torch.ldexp(torch.ldexp(minimum.chisqr, targets), targets)
        if inverse is not None:
            inverse = torch.ldexp(torch.ldexp(inverse, -columns), -columns[:, None])
        if not self.curves:
            parameters, residual, chisqr = parameters[:, 0], residual[:, 0], chisqr[0]
        return LinearSolution(parameters, residual, chisqr, inverse, condition)


class _Triangle(NamedTuple):
    """R, as exact numbers: those above its diagonal, and the reciprocals of the diagonal."""

    above: Tensor
    reciprocals: Tensor

    @classmethod
    def of(cls, matrix: Tensor) -> "_Triangle | None":
        """Of a matrix (points, free); None if it is singular."""
        if len(matrix) < matrix.shape[1]:
            return None
        triangle = torch.linalg.qr(matrix, mode="r").R
        if not _condition(triangle) <= MOST_CONDITION:
            return None
        return cls(triangle.triu(1), 1 / triangle.diagonal())

    def divide(self, matrix: DoubleDouble) -> None:
        """Replace A (points, free) by A R^-1."""
        for rows in row_blocks(*matrix.shape):
            block = matrix[rows]
            for i, reciprocal in enumerate(self.reciprocals):
                block[:, i] = block[:, i] * DoubleDouble.of(reciprocal)
                above = DoubleDouble.of(self.above[i, i + 1 :])
                block[:, i + 1 :] = block[:, i + 1 :] - block[:, i : i + 1] * above

    def solve(self, right: DoubleDouble) -> DoubleDouble:
        """R^-1 times the right sides, (free, any)."""
        solution = DoubleDouble.of(torch.zeros_like(right.high))
        for i in reversed(range(len(self.above))):
            known = (DoubleDouble.of(self.above[i, i + 1 :, None]) * solution[i + 1 :]).sum()
            solution[i] = (right[i] - known) * DoubleDouble.of(self.reciprocals[i])
        return solution

    def condition_with(self, gram: Tensor) -> float:
        """Condition number of A, columns of length one, from C^T C; infinite if that shows R to be mere rounding."""
        factor, failed = torch.linalg.cholesky_ex(gram, upper=True)
        if failed or not _condition(factor) <= _MOST_PRECONDITIONED:
            return math.inf
        return _condition(factor @ (self.above + torch.diag(1 / self.reciprocals)))


def _condition(triangle: Tensor) -> float:
    """Of a square matrix with its columns brought to length one; infinite or NaN if it is singular."""
    lengths = triangle.norm(dim=0).clamp(min=torch.finfo(triangle.dtype).tiny)
    singular = torch.linalg.svdvals(triangle / lengths)
    return (singular[0] / singular[-1]).item() if len(singular) else 1.0


def _refined(scaled: _Scaled, gram: Tensor, triangle: _Triangle) -> tuple[_Minimum, Tensor]:
    """The minimum, and (A^T A)^-1, from the preconditioned matrix C and C^T C."""
    factor = torch.linalg.cholesky(gram)
    matrix, target = scaled.matrix, scaled.target
    enough = _LEFT_TO_REFINE * target.high.norm(dim=0)
    solution = DoubleDouble.of(torch.cholesky_solve(matrix.high.T @ target.high, factor))
    for _ in range(_MOST_REFINEMENTS):
        residual, chisqr, gradient = _residual(matrix, target, solution)
        update = torch.cholesky_solve(gradient, factor)
        solution = solution + DoubleDouble.of(update)
        if bool((update.norm(dim=0) <= enough).all()):
            break
    identity = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    half = torch.linalg.solve_triangular(factor, triangle.solve(DoubleDouble.of(identity)).high.T, upper=False)
    return _Minimum(triangle.solve(solution), residual, chisqr), half.T @ half


def _residual(matrix: DoubleDouble, target: DoubleDouble, solution: DoubleDouble) -> tuple[Tensor, Tensor, Tensor]:
    """Target - matrix solution, (points, curves), its sum of squares, (curves,), and matrix^T times it, rounded."""
    residual = torch.empty_like(target.high)
    chisqr = DoubleDouble.of(torch.zeros_like(target.high[0]))
    gradient = DoubleDouble.of(torch.zeros_like(solution.high))
    for rows in row_blocks(len(residual), solution.high.numel()):
        block, rest = matrix[rows], target[rows]
        for i in range(len(solution.high)):
            rest = rest - block[:, i : i + 1] * solution[i]
        residual[rows] = rest.high
        chisqr = chisqr + (rest * rest).sum()
        gradient = gradient + (block[:, :, None] * rest[:, None]).sum()
    return residual, chisqr.high, gradient.high


def _least_norm(scaled: _Scaled) -> _Minimum:
    matrix, target = scaled.matrix.high, scaled.target.high
    lengths = matrix.norm(dim=0)
    lengths = torch.where(lengths > 0, lengths, 1.0)
    left, singular, right = torch.linalg.svd(matrix / lengths, full_matrices=False)
    points, free = matrix.shape
    determined = singular > 8 * torch.finfo(matrix.dtype).eps * (free + math.sqrt(points)) * singular.amax()
    solution, residual = DoubleDouble.of(target.new_zeros(free, target.shape[1])), target
    for _ in range(_LEAST_NORM_REFINEMENTS):
        projected = left.T[determined] @ residual / singular[determined, None]
        solution = solution + DoubleDouble.of(right.T[:, determined] @ projected / lengths[:, None])
        residual, chisqr, _ = _residual(scaled.matrix, scaled.target, solution)
    return _Minimum(solution, residual, chisqr)


def _undefined(design: Design) -> LinearSolution:
    curves = design.target.shape[1:]
    parameters = design.matrix.high.new_full((design.matrix.shape[1], *curves), math.nan)
    residual = torch.full_like(design.target.high, math.nan)
    return LinearSolution(parameters, residual, residual.sum(0), None, None)
