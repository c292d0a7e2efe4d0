"""The covariance of the parameters near a minimum, by linearising the model there."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.formulas.parameters import Parameters
from app.fitting.numerics.tall_qr import POINTS_AT_ONCE, side_by_side, triangle_of
from app.fitting.optimizers.least_squares import solve
from app.fitting.problems.data import Data
from app.fitting.problems.losses import Poisson, SumOfSquares
from app.fitting.problems.problem import Problem
from app.fitting.statistics import propagation

AT_MINIMUM = 1e-6
"""The distance, in standard errors, up to which a linear problem's exact solution may stand for its coefficients."""


@dataclass(frozen=True)
class Estimate:
    """The problem linearised at some parameters, in float64."""

    residual: Tensor
    """Weighted residual, (points,); for counts Pearson's, which is divided by the root of the model."""
    inside: Tensor
    """Whether each parameter can move, (free,): false at a bound that descent would cross; it then counts as fixed."""
    nfree: int
    """Number of points less the number of parameters that can move."""
    inverse: Tensor | None
    """The matrix (J^T J)^-1 of the parameters that can move, (inside, inside); None if J is singular."""
    condition: float | None
    """Condition number of J with columns of length one; None if it is singular."""
    variance: float | None
    """The factor that makes `inverse` the covariance; None where the points are no more than the parameters."""
    steepness: float
    """The rise of the loss around the minimum, as a share of that of a sum of squares: 1, or the mean psi'."""
    distance: float
    """Distance of the parameters from the minimum, in standard errors."""
    follows_constants: bool
    """Whether a step of the parameters adds the same to the model at all points."""

    @property
    def covariance(self) -> Tensor | None:
        """Return the covariance (inside, inside); None where it has no finite value."""
        if self.inverse is None or self.variance is None:
            return None
        covariance = self.inverse * self.variance
        return covariance if covariance.isfinite().all() else None


def estimate(problem: Problem, parameters: Tensor) -> Estimate:
    """Return the estimate at `parameters` (free,). Every point of the problem must count, see `counted`."""
    residual, jacobian, influence, slopes = linearised(problem, parameters)
    inside = ~problem.blocked(parameters, (jacobian.T @ influence).to(parameters.dtype))
    if not inside.all():
        jacobian = jacobian[:, inside]
    nfree = len(residual) - int(inside.sum())
    variance, steepness = _variance(problem, influence, slopes, nfree), 1.0 if slopes is None else slopes.mean().item()
    factor = torch.ones_like(residual) if problem.data.factor is None else problem.data.factor.double()
    around = _around(jacobian, influence, factor)
    reachable = around.reachable / (steepness**2 or 1.0)
    fit_estimate = Estimate(
        residual=residual,
        inside=inside,
        nfree=nfree,
        inverse=around.inverse,
        condition=around.condition,
        variance=variance,
        steepness=steepness,
        distance=math.sqrt(reachable / variance) if variance else 0.0,
        follows_constants=around.constants_left <= torch.finfo(problem.data.y.dtype).eps ** 0.5,
    )
    return _solved(problem, fit_estimate) if _is_solution(problem, fit_estimate) else fit_estimate


class Linearised(NamedTuple):
    """The loss linearised at some parameters, from which an estimate follows."""

    residual: Tensor
    """Weighted residual, (points,), as in `Estimate`."""
    jacobian: Tensor
    """Jacobian of the residual, (points, free)."""
    influence: Tensor
    """Half the derivative of each term of the loss, psi, (points,)."""
    slopes: Tensor | None
    """Derivative psi' of that, (points,); None: all are 1."""


def linearised(problem: Problem, parameters: Tensor) -> Linearised:
    """Linearise the loss at `parameters` (free,), in float64."""
    residual, jacobian = (tensor.double() for tensor in problem.residual_and_jacobian(parameters))
    data = (problem.model(parameters), problem.data.y, problem.data.factor)
    weights, slopes = problem.loss_function.weights(*data), problem.loss_function.curvatures(*data)
    if isinstance(problem.loss_function, Poisson) and weights is not None:
        root = weights.double().sqrt()
        return Linearised(residual * root, jacobian * root[:, None], residual * root, None)
    influence = residual if weights is None else residual * weights.double()
    return Linearised(residual, jacobian, influence, None if slopes is None else slopes.double())


def _is_solution(problem: Problem, fit_estimate: Estimate) -> bool:
    """Tell whether the solution of a linear problem, which has more digits, may stand for the coefficients."""
    is_square = isinstance(problem.loss_function, SumOfSquares)
    if not (is_square and problem.is_linear and fit_estimate.inside.all() and fit_estimate.nfree > 0):
        return False
    chisqr = (fit_estimate.residual @ fit_estimate.residual).item()
    return chisqr > 0 and (fit_estimate.distance <= AT_MINIMUM or is_rounding(problem.data, chisqr))


def _solved(problem: Problem, fit_estimate: Estimate) -> Estimate:
    solution = solve(problem.design)
    variance = _variance(problem, solution.residual, None, fit_estimate.nfree)
    return replace(
        fit_estimate,
        residual=solution.residual,
        inverse=solution.inverse,
        condition=solution.condition,
        variance=variance,
        distance=0.0,
    )


def _variance(problem: Problem, influence: Tensor, slopes: Tensor | None, nfree: int) -> float | None:
    if slopes is None and (problem.data.sigma_is_absolute or isinstance(problem.loss_function, Poisson)):
        return 1.0
    counting = torch.ones_like(influence, dtype=torch.bool)
    factor = propagation.variance(influence, slopes, torch.tensor(nfree), counting, torch.sum).item()
    return None if math.isnan(factor) else factor


class _Around(NamedTuple):
    """The neighbourhood of the parameters, as the Jacobian describes it."""

    inverse: Tensor | None
    """The matrix (J^T J)^-1; None if J is singular."""
    condition: float | None
    """Condition number of J with columns of length one; None if J is singular."""
    reachable: float
    """The decrease of chisqr by one Newton step."""
    constants_left: float
    """The share of a weighted constant that no step of the parameters makes up."""


_NOTHING = _Around(None, None, 0.0, 1.0)


def _around(jacobian: Tensor, influence: Tensor, factor: Tensor) -> _Around:
    """Describe the neighbourhood of the parameters by J (points, inside); `influence` and `factor` are (points,)."""
    if not jacobian.numel() or not (jacobian.isfinite().all() and influence.isfinite().all()):
        return _NOTHING
    lengths = jacobian.norm(dim=0)
    scale = torch.where(lengths > 0, lengths, 1.0)
    blocks = zip(*(tensor.split(POINTS_AT_ONCE) for tensor in (jacobian, factor, influence)), strict=True)
    triangle = triangle_of(side_by_side([*(rows / scale).unbind(1), *columns]) for rows, *columns in blocks)
    left, singular, right = torch.linalg.svd(triangle[:-2, :-2])
    determined = singular > torch.finfo(torch.float64).eps * max(jacobian.shape) * singular[0]
    constant, projected = (left.T @ triangle[:-2, -2:]).unbind(1)
    apart = torch.cat([constant[~determined], triangle[-2, -2:-1]])
    constants_left = (apart.norm() / triangle[:-1, -2].norm()).item()
    if not determined.all():
        return _NOTHING._replace(constants_left=constants_left)
    half = right.T / singular / scale[:, None]
    inverse = half @ half.T
    return _Around(
        inverse=inverse if inverse.isfinite().all() else None,
        condition=(singular[0] / singular[-1]).item(),
        reachable=projected.square().sum().item(),
        constants_left=constants_left,
    )


def standard_errors(parameters: Parameters, vector: Tensor, fit_estimate: Estimate) -> dict[str, float | None]:
    """Return the standard error of each parameter by name; None for fixed parameters and for those at a bound.

    Those of the free parameters follow from the covariance, those of the tied ones by linear propagation of errors.
    """
    covariance, moving = fit_estimate.covariance, fit_estimate.inside
    if covariance is None:
        return dict.fromkeys(parameters.names)
    of_all = covariance.new_zeros(1, len(moving), len(moving))
    of_all[0, moving.nonzero(), moving.nonzero()[:, 0]] = covariance
    errors = propagation.standard_errors(parameters, vector[:, None], of_all, moving[:, None])
    numbers = {name: error.item() for name, error in errors.items()}
    return {name: error if math.isfinite(error) else None for name, error in numbers.items()}


def correlations(covariance: Tensor | None) -> list[list[float]] | None:
    """Return the correlations of a covariance; None where a variance is 0."""
    if covariance is None:
        return None
    deviations = covariance.diagonal().sqrt()
    if not bool((deviations > 0).all()):
        return None
    matrix: list[list[float]] = (covariance / deviations / deviations[:, None]).clamp(-1, 1).tolist()
    return matrix


def is_rounding(data: Data, chisqr: float) -> bool:
    """Tell whether a chisqr is no more than the rounding of the data in the number format of the training."""
    y = data.y.double() if data.factor is None else data.y.double() * data.factor.double()
    rounding = 8 * torch.finfo(data.y.dtype).eps * y.abs().amax().item()
    return math.isfinite(chisqr) and chisqr <= len(y) * rounding * rounding
