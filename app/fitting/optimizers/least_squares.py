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
"""Condition number, of columns of length one, above which the rounding of the data decides the solution."""
_MOST_PRECONDITIONED = 1e3
"""Largest condition number of A R^-1 that rounding of R may leave; it is near 1 where A is far from singular."""
_MOST_REFINEMENTS = 10
_LEAST_NORM_REFINEMENTS = 3
_LEFT_TO_REFINE = 2.0**-94
"""Length of an update, as a share of the target's, after which no other follows: all that is left is rounding."""


class LinearObjective(Objective, Protocol):
    """An objective whose model is linear in the parameters."""

    @property
    def design(self) -> Design:
        """Return design matrix and target; they are finite where the model is."""


@dataclass(frozen=True)
class LinearSolution:
    """The minimum of ||A p - b|| and what statistics need of it, float64; with an axis of curves where b has one."""

    parameters: Tensor
    """The minimum p, (free,) or (free, curves); NaN where design or target are not finite."""
    residual: Tensor
    """Residual A p - b, (points,) or (points, curves), at p before p is rounded to float64."""
    chisqr: Tensor
    """Sum of the squared residuals, 0-d or (curves,)."""
    inverse: Tensor | None
    """Inverse (A^T A)^-1, (free, free); None if A is singular."""
    condition: float | None
    """Condition number of A with columns of length one; None if A is singular."""


@dataclass(frozen=True)
class LeastSquares(Optimizer):
    """Linear least squares, solved in one step from any start.

    Where the data do not determine all parameters, the result is the solution of least norm, in units in which the
    columns of the design matrix have length one.
    """

    name = "least_squares"
    title = "Direct least squares"
    description = (
        "The direct solution by QR, of a model that is linear in its parameters: one step, wherever it starts."
    )
    only_loss = "squares"
    takes_bounds = False
    step_by_step_because = "it solves in one step, with twice the digits that a processor has"
    solves_directly = True

    def init(self, parameters: Tensor) -> State:
        """Return that it is not `solved` and that the design is not known to be `singular`: 0-d, 0 or 1 each."""
        zero = parameters.new_zeros(())
        return {"solved": zero, "singular": zero}

    def done(self, state: State) -> End | None:
        """Return how it ended, after one step; None before."""
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
    """Return the minimum of ||A p - b||.

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
    """A minimum of ||A p - b||, as a scaled design has it."""

    solution: DoubleDouble
    """The minimum p, (free, curves)."""
    residual: Tensor
    """Residual b - A p, (points, curves)."""
    chisqr: Tensor
    """Sum of the squared residuals, (curves,)."""


class _Scaled(NamedTuple):
    """A design whose columns and right sides are divided by powers of two, so that no number is above 1."""

    matrix: DoubleDouble
    """Scaled design matrix, (points, free)."""
    target: DoubleDouble
    """Scaled right sides, (points, curves)."""
    column_exponents: Tensor
    """Exponents of two by which columns were divided, (free,)."""
    target_exponents: Tensor
    """Exponents of two by which right sides were divided, (curves,)."""
    finite: bool
    """Whether all numbers are finite."""
    curves: bool
    """Whether the target of the design has an axis of curves."""

    @classmethod
    def of(cls, design: Design) -> "_Scaled":
        """Return a design scaled."""
        curves = design.target.high.ndim == 2
        target = design.target if curves else design.target[:, None]
        largest = [part.high.abs().amax(0) for part in (design.matrix, target)]
        columns, targets = (torch.frexp(part).exponent.clamp(-1000, 1000) for part in largest)
        finite = all(bool(part.isfinite().all()) for part in largest)
        matrix = design.matrix.times_power_of_two(-columns)
        return cls(matrix, target.times_power_of_two(-targets), columns, targets, finite, curves)

    def restored(self, minimum: _Minimum, inverse: Tensor | None, condition: float | None) -> LinearSolution:
        """Return the solution of the design as it was before it was scaled."""
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
    """The triangle R of a QR decomposition, taken as exact."""

    above: Tensor
    """Entries above the diagonal, zero elsewhere, (free, free)."""
    reciprocals: Tensor
    """Reciprocals of the diagonal, (free,)."""

    @classmethod
    def of(cls, matrix: Tensor) -> "_Triangle | None":
        """Return the triangle of a matrix (points, free); None if it is singular."""
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
        """Return R^-1 times the right sides, (free, any)."""
        solution = DoubleDouble.of(torch.zeros_like(right.high))
        for i in reversed(range(len(self.above))):
            known = (DoubleDouble.of(self.above[i, i + 1 :, None]) * solution[i + 1 :]).sum()
            solution[i] = (right[i] - known) * DoubleDouble.of(self.reciprocals[i])
        return solution

    def condition_with(self, gram: Tensor) -> float:
        """Return the condition number of A with columns of length one.

        It follows from `gram` C^T C, and is infinite where that shows R to be mere rounding.
        """
        factor, failed = torch.linalg.cholesky_ex(gram, upper=True)
        if failed or not _condition(factor) <= _MOST_PRECONDITIONED:
            return math.inf
        return _condition(factor @ (self.above + torch.diag(1 / self.reciprocals)))


def _condition(triangle: Tensor) -> float:
    """Return the condition number of a square matrix whose columns are brought to length one.

    It is infinite or NaN if the matrix is singular.
    """
    lengths = triangle.norm(dim=0).clamp(min=torch.finfo(triangle.dtype).tiny)
    singular = torch.linalg.svdvals(triangle / lengths)
    return (singular[0] / singular[-1]).item() if len(singular) else 1.0


def _refined(scaled: _Scaled, gram: Tensor, triangle: _Triangle) -> tuple[_Minimum, Tensor]:
    """Return the minimum and (A^T A)^-1, of the scaled design whose matrix is now C = A R^-1, from `gram` C^T C."""
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
    """Return the residual b - A p, (points, curves), its sum of squares, (curves,), and A^T times it, (free, curves).

    They are worked out in double-double and then rounded.
    """
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
    """Return the minimum whose parameters have the least norm, in units in which columns have length one."""
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
    """Return a solution of NaN, for a design that is not finite."""
    curves = design.target.shape[1:]
    parameters = design.matrix.high.new_full((design.matrix.shape[1], *curves), math.nan)
    residual = torch.full_like(design.target.high, math.nan)
    return LinearSolution(parameters, residual, residual.sum(0), None, None)
