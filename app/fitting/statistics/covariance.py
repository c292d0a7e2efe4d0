"""What the data tell of the parameters near a minimum: their covariance, by linearising the model there."""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from app.fitting.losses import Poisson, SumOfSquares
from app.fitting.optimizers.least_squares import solve
from app.fitting.parameters import Parameters
from app.fitting.problem import Problem
from app.fitting.tall_qr import POINTS_AT_ONCE, triangle_of

AT_MINIMUM = 1e-6
"""Standard errors between coefficients and minimum up to which a linear problem's solution may stand for them."""


@dataclass(frozen=True)
class Estimate:
    """The problem linearised at some parameters, in float64."""

    residual: Tensor
    """(points,), weighted; of counts Pearson's residual, that is divided by the root of the model."""
    inside: Tensor
    """(free,), whether a parameter can move: false at a bound that descent would cross."""
    inverse: Tensor | None
    """(J^T J)^-1 of the parameters that can move, (inside, inside); None if J is singular."""
    condition: float | None
    """Condition number of J with columns of length one; None if it is singular."""
    variance: float | None
    """What `inverse` is multiplied by to be the covariance."""
    distance: float
    """How far the minimum is, in standard errors."""

    @property
    def covariance(self) -> Tensor | None:
        """(inside, inside); None where it has no finite value."""
        if self.inverse is None or self.variance is None:
            return None
        covariance = self.inverse * self.variance
        return covariance if covariance.isfinite().all() else None


def estimate(problem: Problem, parameters: Tensor) -> Estimate:
    """At `parameters` (free,)."""
    residual, jacobian = (part.double() for part in problem.residual_and_jacobian(parameters))
    data = (problem.model(parameters), problem.data.y, problem.data.factor)
    weights, slopes = problem.loss_function.weights(*data), problem.loss_function.curvatures(*data)
    if isinstance(problem.loss_function, Poisson) and weights is not None:
        root, weights, slopes = weights.double().sqrt(), None, None
        residual, jacobian = residual * root, jacobian * root[:, None]
    influence = residual if weights is None else residual * weights.double()
    slope = 1.0 if slopes is None else slopes.double().mean().item()
    inside = ~problem.blocked(parameters, (jacobian.T @ influence).to(parameters.dtype))
    if not inside.all():
        jacobian = jacobian[:, inside]
    inverse, condition, reachable = _inverted(jacobian, influence)
    nfree = len(residual) - len(parameters)
    found = Estimate(residual, inside, inverse, condition, None, 0.0)
    if not isinstance(problem.loss_function, SumOfSquares | Poisson):
        variance = None if slopes is None else _robust_variance(influence, slopes.double(), nfree)
        reachable /= slope**2 if slope else 1.0
    else:
        variance = _variance(problem, residual, nfree)
    found = replace(found, variance=variance, distance=math.sqrt(reachable / variance) if variance else 0.0)
    return _solved(problem, found, nfree) if _is_solution(problem, found, nfree) else found


def _is_solution(problem: Problem, found: Estimate, nfree: int) -> bool:
    """Whether the solution of a linear problem, which has more digits, may stand for the coefficients."""
    if not (isinstance(problem.loss_function, SumOfSquares) and problem.is_linear and found.inside.all() and nfree > 0):
        return False
    chisqr = (found.residual @ found.residual).item()
    return chisqr > 0 and (found.distance <= AT_MINIMUM or chisqr <= rounding(problem))


def _solved(problem: Problem, found: Estimate, nfree: int) -> Estimate:
    solution = solve(problem.design)
    variance = _variance(problem, solution.residual, nfree)
    return replace(
        found,
        residual=solution.residual,
        inverse=solution.inverse,
        condition=solution.condition,
        variance=variance,
        distance=0.0,
    )


def _variance(problem: Problem, residual: Tensor, nfree: int) -> float | None:
    if problem.data.sigma_is_absolute or isinstance(problem.loss_function, Poisson):
        return 1.0
    return (residual @ residual).item() / nfree if nfree > 0 else None


def _robust_variance(influence: Tensor, slopes: Tensor, nfree: int) -> float | None:
    """K^2 (sum psi^2 / nfree) / mean(psi')^2, with K = 1 + (P / N) var(psi') / mean(psi')^2."""
    points, mean = len(influence), slopes.mean().item()
    if nfree <= 0 or not mean > 0:
        return None
    correction = 1 + (points - nfree) / points * slopes.var(correction=0).item() / mean**2
    return correction**2 * (influence @ influence).item() / nfree / mean**2


def _inverted(jacobian: Tensor, influence: Tensor) -> tuple[Tensor | None, float | None, float]:
    """(J^T J)^-1 and the condition number, None if J is singular; and how much one Newton step takes off chisqr."""
    if not jacobian.numel() or not (jacobian.isfinite().all() and influence.isfinite().all()):
        return None, None, 0.0
    lengths = jacobian.norm(dim=0)
    scale = torch.where(lengths > 0, lengths, 1.0)
    blocks = zip(jacobian.split(POINTS_AT_ONCE), influence.split(POINTS_AT_ONCE), strict=True)
    triangle = triangle_of((rows / scale, right) for rows, right in blocks)
    left, singular, right = torch.linalg.svd(triangle[:-1, :-1])
    few = torch.finfo(torch.float64).eps * max(jacobian.shape)
    if not singular[-1] > few * singular[0]:
        return None, None, 0.0
    half = right.T / singular / scale[:, None]
    inverse = half @ half.T
    reachable = (left.T @ triangle[:-1, -1]).square().sum().item()
    return inverse if inverse.isfinite().all() else None, (singular[0] / singular[-1]).item(), reachable


def standard_errors(parameters: Parameters, vector: Tensor, found: Estimate) -> dict[str, float | None]:
    """Of the free parameters from the covariance, of the tied ones by linear propagation of errors.

    None of fixed parameters, and of those at a bound.
    """
    covariance = found.covariance
    if covariance is None:
        return dict.fromkeys(parameters.names)
    derivatives = parameters.derivatives(vector).double()[:, found.inside]
    errors = ((derivatives @ covariance) * derivatives).sum(1).clamp(min=0).sqrt()
    moving = {name for name, moves in zip(parameters.free, found.inside.tolist(), strict=True) if moves}
    named = zip(parameters.names, errors.tolist(), strict=True)
    return {
        name: error if (name in moving or name in parameters.tied) and math.isfinite(error) else None
        for name, error in named
    }


def correlations(covariance: Tensor | None) -> list[list[float]] | None:
    """Of a covariance; None where a variance is 0."""
    if covariance is None:
        return None
    deviations = covariance.diagonal().sqrt()
    if not bool((deviations > 0).all()):
        return None
    found: list[list[float]] = (covariance / deviations / deviations[:, None]).clamp(-1, 1).tolist()
    return found


def rounding(problem: Problem) -> float:
    """A chisqr that is no more than the rounding of the data."""
    y = problem.data.y.double()
    y = y if problem.data.factor is None else y * problem.data.factor.double()
    return float(len(y) * (8 * torch.finfo(torch.float64).eps) ** 2 * y.square().sum().item())
