"""Parameters in which a formula is linear, solved for at many values of the others at once.

G. H. Golub and V. Pereyra, "The Differentiation of Pseudo-Inverses and Nonlinear Least Squares Problems Whose Variables
Separate", 1973. Normal equations with columns of a size near one are accurate enough here: the result is a start.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from app.fitting.numerics.small_systems import diagonals, normal_equations, solve_definite
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import Loss
from app.fitting.problems.objective import Objective

_RIDGE = 1e-10
"""Share of each diagonal element of the normal equations that is added to it, so that they have one solution."""


_REWEIGHTINGS = 8
"""Rounds in which the linear parameters of a loss that is no sum of squares are solved for."""
Name = TypeVar("Name")


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
        # Squares of a column such as exp(b x) at years x can't be held by any number.
        sizes = columns.abs().sum(1)
        unit = torch.where(sizes > 0, sizes, 1.0)
        gram, right = normal_equations((columns / unit[:, None]).transpose(0, 1), target)
        lengths = diagonals(gram).sqrt()
        scale = torch.where(lengths > 0, lengths, 1.0)
        ridge = torch.full_like(scale, max(_RIDGE, 10 * torch.finfo(scale.dtype).eps))
        return solve_definite(gram / scale / scale[:, None], ridge, right / scale) / scale / unit

    def minimised(self, loss: Loss, y: Tensor, factor: Tensor | None) -> Tensor:
        """Return coefficients (linear, candidates) at which a loss is nearly the least, by reweighting."""
        coefficients = self.solved(y, factor)
        for _ in range(_REWEIGHTINGS):
            weights = loss.weights(self.model(coefficients), y, factor)
            if weights is None:
                break
            # A count whose mean is 0 has no finite weight.
            root = torch.where(weights.isfinite(), weights, 0.0).clamp(min=0).sqrt()
            coefficients = self.solved(y, root if factor is None else root * factor)
        return coefficients


def separate(formula: Callable[[dict[Name, Tensor]], Tensor], linear: Sequence[Name], like: Tensor) -> Separated:
    """Return offset and columns of a formula in the parameters `linear`, each in the shape of `like`.

    `like` is (points, candidates), and `formula` a function of their values by name, or by whatever they are told
    apart.
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
    """The projection of curves as a function of an objective and parameters, so that it can be a program."""

    linear: tuple[int, ...]
    """Places of the linear parameters among the free ones."""

    def __call__(self, objective: Objective, parameters: Tensor) -> list[Tensor]:
        """Return the linear parameters within their bounds, (linear, curves), and the loss there, (curves,).

        `parameters` is (free, curves); those that are linear do not count.
        """
        if not isinstance(objective, CurveProblem):
            raise TypeError("only curves over all their points are projected")
        y, factor, loss = objective.y, objective.factor, objective.loss_function
        if not self.linear:
            return [objective.loss(parameters)]
        rows = dict(enumerate(parameters.unbind()))
        separated = separate(lambda zeros: objective.model([*(rows | zeros).values()]), self.linear, y)
        coefficients = separated.minimised(loss, y, factor)
        projected = objective.project(torch.stack([*(rows | self._by_place(coefficients)).values()]))
        within = torch.stack([projected[place] for place in self.linear])
        return [within, loss.terms(separated.model(within), y, factor).sum(0)]

    def _by_place(self, values: Tensor) -> dict[int, Tensor]:
        return dict(zip(self.linear, values.unbind(), strict=True))
