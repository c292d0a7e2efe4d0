"""Parameters in which a formula is linear, solved for at many values of the others at once.

G. H. Golub and V. Pereyra, "The Differentiation of Pseudo-Inverses and Nonlinear Least Squares Problems Whose Variables
Separate", 1973. Normal equations with columns of a size near one are accurate enough here: the result is a start.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.numerics.small_systems import diagonals, normal_equations, solve_definite
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.objective import Objective

_RIDGE = 1e-10
"""Share of each diagonal element of the normal equations that is added to it, so that they have one solution."""


class Separated(NamedTuple):
    """A model as offset + sum of coefficient * column, at each candidate for the parameters it is not linear in."""

    offset: Tensor
    """The model with all linear parameters at 0, (points, candidates)."""
    columns: Tensor
    """The column of each linear parameter, (linear, points, candidates)."""

    def model(self, coefficients: Tensor) -> Tensor:
        """Return the values (points, candidates) at coefficients (linear, candidates)."""
        return self.offset + (self.columns * coefficients[:, None]).sum(0)

    def solved(self, y: Tensor, factor: Tensor | None = None) -> Tensor:
        """Return the coefficients (linear, candidates) by least squares; NaN where the formula is not finite.

        `y` and the `factor` of each residual are (points, 1) or (points, candidates).
        """
        columns, target = self.columns, y - self.offset
        if factor is not None:
            columns, target = columns * factor, target * factor
        sizes = columns.abs().amax(dim=1)
        sizes = torch.where(sizes > 0, sizes, 1.0)
        rows = (columns / sizes[:, None]).permute(2, 0, 1)  # candidates, linear, points
        gram = rows @ rows.mT
        diagonal = gram.diagonal(dim1=1, dim2=2)
        diagonal += max(_RIDGE, 10 * torch.finfo(y.dtype).eps) * diagonal.clamp(min=1)
        solution, _ = torch.linalg.solve_ex(gram, rows @ target.T[:, :, None])
        coefficients: Tensor = solution[:, :, 0].T / sizes
        return coefficients


def separate(formula: Callable[[dict[str, Tensor]], Tensor], linear: Sequence[str], like: Tensor) -> Separated:
    """Return offset and columns of a formula in the parameters `linear`, each in the shape of `like`.

    `like` is (points, candidates).
    """
    with torch.enable_grad():
        zeros = like.new_zeros(len(linear), *like.shape).requires_grad_()
        offset = formula(dict(zip(linear, zeros.unbind(), strict=True))).expand_as(like)
        # With a copy of the parameters for each point, one backward of the sum gives every column.
        columns = torch.autograd.grad(offset.sum(), zeros)[0] if linear else zeros
    return Separated(offset.detach(), columns.detach())


class Projection(NamedTuple):
    """Values of the linear parameters at each candidate."""

    values: dict[str, Tensor]
    """Values by parameter, (candidates,) each."""
    residual: Tensor
    """Model minus data, (points, candidates)."""


def project(
    formula: Callable[[dict[str, Tensor]], Tensor], linear: Sequence[str], values: Mapping[str, Tensor], y: Tensor
) -> Projection:
    """Solve for the parameters `linear` by least squares at candidates of all others.

    `values` has the variables, (points, 1) or (points, candidates), and all other parameters, (candidates,); `y` has
    the shape of a variable. Candidates may be curves, each with its own y. Values are NaN where the formula is not
    finite.
    """
    shape = torch.broadcast_shapes(y.shape, *(value.shape for value in values.values()))
    separated = separate(lambda linear_values: formula({**values, **linear_values}), linear, y.expand(shape))
    if not linear:
        return Projection({}, separated.offset - y)
    coefficients = separated.solved(y)
    return Projection(dict(zip(linear, coefficients, strict=True)), separated.model(coefficients) - y)


@dataclass(frozen=True)
class Projected:
    """The projection of a sum of squares as a function of curves, so that it can be a program."""

    linear: tuple[int, ...]
    """Places of the linear parameters among the free ones."""

    def __call__(self, objective: Objective, parameters: Tensor) -> list[Tensor]:
        """Return the linear parameters within their bounds, and the loss there, (curves,) each.

        `parameters` is (free, curves); those that are linear do not count.
        """
        if not isinstance(objective, CurveProblem):
            raise TypeError("only curves over all their points are projected")
        zeros = [torch.zeros_like(objective.y).requires_grad_() for _ in self.linear]
        rows = list(parameters.unbind())
        for place, zero in zip(self.linear, zeros, strict=True):
            rows[place] = zero
        with torch.enable_grad():
            offset = objective.model(rows)
            columns = torch.stack(torch.autograd.grad(offset.sum(), zeros), dim=1) if zeros else None
        offset = offset.detach()
        if columns is None:
            return [objective.loss_function.terms(offset, objective.y, objective.factor).sum(0)]
        factor = 1.0 if objective.factor is None else objective.factor
        weighted = columns if objective.factor is None else columns * objective.factor[:, None]
        gram, right = normal_equations(weighted, (objective.y - offset) * factor)
        lengths = diagonals(gram).sqrt()
        scale = torch.where(lengths > 0, lengths, 1.0)
        ridge = torch.full_like(scale, max(_RIDGE, 10 * torch.finfo(scale.dtype).eps))
        solution = solve_definite(gram / scale / scale[:, None], ridge, right / scale) / scale
        for place, coefficient in zip(self.linear, solution.unbind(), strict=True):
            rows[place] = coefficient
        projected = objective.project(torch.stack(rows))
        within = torch.stack([projected[place] for place in self.linear])
        model = offset + (columns * within).sum(1)
        return [*within.unbind(), objective.loss_function.terms(model, objective.y, objective.factor).sum(0)]
