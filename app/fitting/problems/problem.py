"""Target, model and start values as tensors: the problem that an optimizer works on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula
from app.fitting.formulas.linearity import is_linear
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data, NotFiniteError, dtype_name
from app.fitting.problems.design_matrix import Design, design_of
from app.fitting.problems.losses import Loss, SumOfSquares, weighted_residual
from app.fitting.problems.objective import Linearised


@dataclass
class Evaluations:
    """Counts how often a model was evaluated, with its derivatives or without."""

    count: int = 0


@dataclass(frozen=True)
class Problem:
    """A loss to minimise; `start` has shape (free,), in the order of `parameters.free`."""

    formula: Formula
    data: Data
    parameters: Parameters
    start: Tensor
    loss_function: Loss = field(default_factory=SumOfSquares)
    evaluations: Evaluations = field(default_factory=Evaluations, compare=False)

    @property
    def points(self) -> int:
        """Return the number of points."""
        return len(self.data.y)

    def model(self, parameters: Tensor) -> Tensor:
        """Return the values (points,) of the model at `parameters` (free,) or (free, points)."""
        self.evaluations.count += 1
        return self.formula(self.data.variables | self.parameters.values(parameters)).expand_as(self.data.y)

    def residual(self, parameters: Tensor) -> Tensor:
        """Return model minus data, weighted, (points,), at `parameters` (free,)."""
        return weighted_residual(self.model(parameters), self.data.y, self.data.factor)

    def loss(self, parameters: Tensor) -> Tensor:
        """Return the loss, 0-d, at `parameters` (free,)."""
        return self.loss_function.terms(self.model(parameters), self.data.y, self.data.factor).sum()

    def residual_and_jacobian(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted residual (points,) and its derivatives (points, free) at `parameters` (free,)."""
        model, jacobian = self.model_and_jacobian(parameters)
        residual = weighted_residual(model, self.data.y, self.data.factor)
        return residual, jacobian if self.data.factor is None else jacobian * self.data.factor[:, None]

    def linearised(self, parameters: Tensor) -> Linearised:
        """Return the loss as a sum of squares near `parameters` (free,).

        Each residual is multiplied by the root of its working weight.
        """
        model, jacobian = self.model_and_jacobian(parameters)
        data, factor = (self.data.y, self.data.factor), self.data.factor
        weights = self.loss_function.weights(model, *data)
        if weights is not None:
            factor = weights.sqrt() if factor is None else weights.sqrt() * factor
        residual = weighted_residual(model, self.data.y, factor)
        loss = self.loss_function.terms(model, *data).sum()
        return Linearised(loss, residual, jacobian if factor is None else jacobian * factor[:, None])

    def model_and_jacobian(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return the values (points,) of the model and their derivatives (points, free) at `parameters` (free,).

        The derivatives come by reverse mode through our own autograd Functions.
        """
        # Every function of a formula works point by point: with a copy of the parameters for each point, one backward
        # of the sum gives every row of the Jacobian.
        copies = parameters.detach()[:, None].expand(-1, self.data.y.shape[0]).clone().requires_grad_()
        model = self.model(copies)
        if not model.requires_grad:
            return model, copies.detach().T.zero_()
        (derivatives,) = torch.autograd.grad(model.sum(), copies)
        return model.detach(), derivatives.T

    @cached_property
    def is_linear(self) -> bool:
        """Tell whether the model is linear, up to an offset, in all free parameters together."""
        return is_linear(self.formula, self.parameters)

    @cached_property
    def design(self) -> Design:
        """Return design matrix and target of a linear model. Raise ValueError where the model is not linear."""
        return design_of(self.formula, self.data, self.parameters)

    def project(self, parameters: Tensor) -> Tensor:
        """Return the nearest parameters (free,) within their bounds."""
        return parameters.clamp(*self.bounds) if self.parameters.bounded else parameters

    def blocked(self, parameters: Tensor, gradient: Tensor) -> Tensor:
        """Tell which parameters (free,) are at a bound that descent along the gradient (free,) would cross."""
        if not self.parameters.bounded:
            return torch.zeros_like(parameters, dtype=torch.bool)
        lower, upper = self.bounds
        return ((parameters <= lower) & (gradient > 0)) | ((parameters >= upper) & (gradient < 0))

    @cached_property
    def bounds(self) -> tuple[Tensor, Tensor]:
        """Return the lower and upper bounds (free,), infinite where there is none."""
        return self.parameters.bounds(self.start)

    def coefficients(self, parameters: Tensor) -> dict[str, float]:
        """Return every parameter of the model as a plain number by name."""
        return self.parameters.coefficients(parameters)


def start_vector(parameters: Parameters, start: Mapping[str, float], dtype: torch.dtype, device: str = "cpu") -> Tensor:
    """Return the start values (free,) of the free parameters. Raise NotFiniteError for one too large for `dtype`."""
    values = [start[name] for name in parameters.free]
    vector = torch.tensor(values, dtype=torch.float64, device=device).to(dtype)
    for name, number in zip(parameters.free, vector.tolist(), strict=True):
        if not math.isfinite(number):
            raise NotFiniteError("start", f"the start value of {name} is too large for a {dtype_name(dtype)}")
    return vector


def counted(problem: Problem) -> Problem:
    """Return the problem without points of weight 0, which do not count; unchanged where all points have weight 0."""
    data = problem.data
    if data.factor is None:
        return problem
    counts = data.factor > 0
    if int(counts.sum()) in (0, len(counts)):
        return problem
    variables = {name: column[counts] for name, column in data.variables.items()}
    return replace(problem, data=replace(data, variables=variables, y=data.y[counts], factor=data.factor[counts]))
