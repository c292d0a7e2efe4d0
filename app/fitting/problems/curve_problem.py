"""A problem of one model and many curves: the curves are the last, contiguous axis of every tensor."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula
from app.fitting.formulas.linearity import is_linear
from app.fitting.formulas.parameters import Parameters
from app.fitting.problems.data import Data
from app.fitting.problems.losses import Loss, Robust, SumOfSquares, weighted_residual
from app.fitting.problems.objective import Linearised
from app.fitting.problems.problem import Evaluations, Problem


@dataclass(frozen=True)
class CurveProblem:
    """Losses to minimise, one for each curve; parameters of all curves are (free, curves)."""

    formula: Formula
    variables: dict[str, Tensor]
    """Variables by name, each (points, 1) where all curves share it, else (points, curves)."""
    y: Tensor
    """Measured values, (points, curves)."""
    factor: Tensor | None
    """Factor of the residual, 1 / sigma, (points, 1) or (points, curves); None where all are 1.

    A curve with fewer points than others repeats its last with a factor of 0.
    """
    counts: Tensor
    """Number of points of each curve, (curves,)."""
    parameters: Parameters
    start: Tensor
    """Start values, (free, curves)."""
    loss_function: Loss = field(default_factory=SumOfSquares)
    sigma_is_absolute: bool = False
    only_padded: bool = False
    """Whether the factor says no more than which points repeat the last: it is 0 or 1."""
    evaluations: Evaluations = field(default_factory=Evaluations, compare=False)
    """Counter of the evaluations of curves that are trained alone."""

    @property
    def curves(self) -> int:
        """Return the number of curves."""
        return self.y.shape[1]

    @property
    def points(self) -> Tensor:
        """Return the number of points of each curve, (curves,)."""
        return self.counts

    @cached_property
    def is_ragged(self) -> bool:
        """Tell whether a curve has fewer points than others."""
        return bool((self.counts < len(self.y)).any())

    @property
    def counting(self) -> Tensor:
        """Tell which points count, (points, curves): all but those that repeat the last and those of weight 0."""
        real = torch.ones_like(self.y, dtype=torch.bool)
        return real if self.factor is None else real & (self.factor > 0)

    @property
    def ndata(self) -> Tensor:
        """Return the number of points of each curve that count, (curves,)."""
        return self.counts if self.factor is None else self.counting.sum(0)

    def model(self, parameters: Tensor | Sequence[Tensor]) -> Tensor:
        """Return the values (points, curves) at parameters (free, curves), or at one tensor each that broadcasts."""
        return self.formula(self.variables | self.parameters.values(parameters)).expand_as(self.y)

    def loss(self, parameters: Tensor) -> Tensor:
        """Return the loss of each curve, (curves,)."""
        return self.loss_function.terms(self.model(parameters), self.y, self.factor).sum(0)

    def linearised(self, parameters: Tensor) -> Linearised:
        """Return the losses, (curves,), as sums of squares near the parameters.

        The residual is (points, curves), the Jacobian (points, free, curves).
        """
        model, jacobian = self.model_and_jacobian(parameters)
        weights = self.loss_function.weights(model, self.y, self.factor)
        factor = self.factor
        if weights is not None:
            factor = weights.sqrt() if factor is None else weights.sqrt() * factor
        residual = weighted_residual(model, self.y, factor)
        loss = self.loss_function.terms(model, self.y, self.factor).sum(0)
        return Linearised(loss, residual, jacobian if factor is None else jacobian * factor[:, None])

    def model_and_jacobian(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Return values, (points, curves), and derivatives, (points, free, curves), through our autograd Functions."""
        # Every function of a formula works point by point: one backward of the sum gives every row of every Jacobian.
        # A tensor for each parameter, so that compiled code has each column where it needs it.
        copies = [row.detach().expand(self.y.shape[0], -1).clone().requires_grad_() for row in parameters.unbind()]
        model = self.model(copies)
        if not model.requires_grad:
            columns = tuple(map(torch.zeros_like, copies))
        else:
            columns = torch.autograd.grad(model.sum(), copies, allow_unused=True, materialize_grads=True)
        return model.detach(), torch.stack(columns).transpose(0, 1)

    def project(self, parameters: Tensor) -> Tensor:
        """Return the nearest parameters (free, curves) within their bounds."""
        if not (self.parameters.lower or self.parameters.upper):
            return parameters
        lower, upper = self._bounds
        return parameters.maximum(lower).minimum(upper)

    def blocked(self, parameters: Tensor, gradient: Tensor) -> Tensor:
        """Tell which parameters (free, curves) are at a bound that descent along the gradient would cross."""
        if not (self.parameters.lower or self.parameters.upper):
            return torch.zeros_like(parameters, dtype=torch.bool)
        lower, upper = self._bounds
        return ((parameters <= lower) & (gradient > 0)) | ((parameters >= upper) & (gradient < 0))

    @cached_property
    def _bounds(self) -> tuple[Tensor, Tensor]:
        lower, upper = self.parameters.bounds(self.start)
        return lower.reshape(len(lower), -1), upper.reshape(len(upper), -1)

    @cached_property
    def is_linear(self) -> bool:
        """Tell whether the model is linear, up to an offset, in all free parameters together."""
        return is_linear(self.formula, self.parameters)

    def take(self, curves: Tensor) -> "CurveProblem":
        """Return the problem of the curves whose numbers are `curves`."""
        return replace(
            self,
            variables={name: columns_of(variable, curves) for name, variable in self.variables.items()},
            y=self.y[:, curves],
            factor=None if self.factor is None else columns_of(self.factor, curves),
            counts=self.counts[curves],
            start=self.start[:, curves],
            loss_function=_loss_of(self.loss_function, curves),
        )

    def alone(self, curve: int) -> Problem:
        """Return one curve as a problem of its own."""
        posed = self if self.curves == 1 else self.take(torch.tensor([curve], device=self.y.device))
        count = int(posed.counts[0])
        # Padding comes last, but repeats points that are there: it must not count as data.
        variables = {name: variable[:count, 0] for name, variable in posed.variables.items()}
        factor = None if posed.factor is None else posed.factor[:count, 0]
        data = Data(variables, posed.y[:count, 0], _none_if_ones(factor), self.sigma_is_absolute)
        loss = _scalar(posed.loss_function)
        return Problem(self.formula, data, self.parameters, posed.start[:, 0], loss, self.evaluations)


def side_by_side(problem: Problem, starts: Tensor) -> CurveProblem:
    """Return curves with the data of one problem, each with a start of its own, `starts` (free, curves)."""
    data, curves = problem.data, starts.shape[1]
    return CurveProblem(
        problem.formula,
        {name: variable[:, None] for name, variable in data.variables.items()},
        data.y[:, None].repeat(1, curves),
        None if data.factor is None else data.factor[:, None],
        torch.full((curves,), problem.points, device=starts.device),
        problem.parameters,
        starts,
        problem.loss_function,
        data.sigma_is_absolute,
    )


def columns_of(tensor: Tensor, curves: Tensor) -> Tensor:
    """Return a tensor for the `curves` of these numbers only; one with a last axis of length 1 serves all curves."""
    return tensor if tensor.shape[-1] == 1 else tensor[..., curves]


def _loss_of(loss: Loss, curves: Tensor) -> Loss:
    if isinstance(loss, Robust) and isinstance(loss.threshold, Tensor):
        return replace(loss, threshold=loss.threshold[curves])
    return loss


def _scalar(loss: Loss) -> Loss:
    if isinstance(loss, Robust) and isinstance(loss.threshold, Tensor):
        return replace(loss, threshold=loss.threshold[0].item())
    return loss


def _none_if_ones(factor: Tensor | None) -> Tensor | None:
    return None if factor is None or bool((factor == 1).all()) else factor
