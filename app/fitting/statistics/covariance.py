"""The covariance of the parameters near a minimum, by linearising the model there."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.formulas.parameters import Parameters
from app.fitting.numerics.lengths import column_lengths
from app.fitting.numerics.tall_qr import POINTS_AT_ONCE, triangle_of
from app.fitting.optimizers.least_squares import solve
from app.fitting.problems.data import Data, is_finite
from app.fitting.problems.losses import Poisson, SumOfSquares, weighted_residual
from app.fitting.problems.problem import Problem
from app.fitting.statistics import propagation

_UNDETERMINED = 0.1
"""Part that a parameter must take in a step that changes nothing, to be named."""
AT_MINIMUM = 1e-6
"""The distance, in standard errors, up to which a linear problem's exact solution may stand for its coefficients."""


@dataclass(frozen=True)
class Estimate:
    """The problem linearised at some parameters, in float64."""

    model: Tensor
    """The model's values, (points,), in the number format of the training."""
    residual: Tensor
    """Weighted residual, (points,); for counts Pearson's, which is divided by the root of the model."""
    chisqr: float
    """Sum of the squared residuals."""
    inside: list[bool]
    """Whether each free parameter can move: false at a bound that descent would cross; it then counts as fixed."""
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
    rounding: float
    """Largest chisqr that may be no more than the rounding of data, parameters and variables."""
    undetermined: list[str]
    """Free parameters that the data do not determine; none where J has full rank."""
    follows_constants: bool
    """Whether a step of the parameters adds the same to the model at all points."""

    @property
    def is_rounding(self) -> bool:
        """Tell whether the residuals may be no more than rounding."""
        return math.isfinite(self.chisqr) and self.chisqr <= self.rounding

    @cached_property
    def covariance(self) -> Tensor | None:
        """Return the covariance (inside, inside); None where it has no finite value."""
        if self.inverse is None or self.variance is None:
            return None
        covariance = self.inverse * self.variance
        return covariance if is_finite(covariance) else None


def estimate(problem: Problem, parameters: Tensor) -> Estimate:
    """Return the estimate at `parameters` (free,). Every point of the problem must count, see `counted`."""
    near = linearised(problem, parameters)
    inside = _inside(problem, parameters, near)
    nfree = len(near.residual) - sum(inside)
    chisqr = (near.residual @ near.residual).item()
    variance = _variance(problem, near, chisqr, nfree)
    steepness = 1.0 if near.slopes is None else near.slopes.mean().item()
    around = _around(near.jacobian if all(inside) else near.jacobian[:, inside], near.influence, problem.data.factor)
    reachable = around.reachable / (steepness**2 or 1.0)
    fit_estimate = Estimate(
        model=near.model,
        residual=near.residual,
        chisqr=chisqr,
        inside=inside,
        nfree=nfree,
        inverse=around.inverse,
        condition=around.condition,
        variance=variance,
        steepness=steepness,
        distance=math.sqrt(reachable / variance) if variance else 0.0,
        rounding=_rounding(problem, parameters, near.jacobian),
        undetermined=[
            name
            for name, share in zip(_moving(problem, inside), around.undetermined, strict=False)
            if share > _UNDETERMINED
        ],
        follows_constants=around.constants_left <= torch.finfo(problem.data.y.dtype).eps ** 0.5,
    )
    return _solved(problem, fit_estimate) if _is_solution(problem, fit_estimate) else fit_estimate


class Linearised(NamedTuple):
    """The loss linearised at some parameters, from which an estimate follows."""

    model: Tensor
    """The model's values, (points,), in the number format of the training."""
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
    model, derivatives = problem.model_and_jacobian(parameters)
    data = (model, problem.data.y, problem.data.factor)
    residual, jacobian = weighted_residual(*data).double(), derivatives.double()
    if problem.data.factor is not None:
        jacobian = jacobian * problem.data.factor[:, None]
    weights, slopes = problem.loss_function.weights(*data), problem.loss_function.curvatures(*data)
    if isinstance(problem.loss_function, Poisson) and weights is not None:
        root = weights.double().sqrt()
        return Linearised(model, residual * root, jacobian * root[:, None], residual * root, None)
    influence = residual if weights is None else residual * weights.double()
    return Linearised(model, residual, jacobian, influence, None if slopes is None else slopes.double())


def _inside(problem: Problem, parameters: Tensor, near: Linearised) -> list[bool]:
    if not problem.parameters.bounded:
        return [True] * len(parameters)
    blocked: list[bool] = problem.blocked(parameters, (near.jacobian.T @ near.influence).to(parameters.dtype)).tolist()
    return [not is_blocked for is_blocked in blocked]


def _is_solution(problem: Problem, fit_estimate: Estimate) -> bool:
    """Tell whether the solution of a linear problem, which has more digits, may stand for the coefficients."""
    is_square = isinstance(problem.loss_function, SumOfSquares)
    if not (is_square and problem.is_linear and all(fit_estimate.inside) and fit_estimate.nfree > 0):
        return False
    chisqr = fit_estimate.chisqr
    return chisqr > 0 and (fit_estimate.distance <= AT_MINIMUM or fit_estimate.is_rounding)


def _solved(problem: Problem, fit_estimate: Estimate) -> Estimate:
    solution = solve(problem.design)
    chisqr = (solution.residual @ solution.residual).item()
    return replace(
        fit_estimate,
        residual=solution.residual,
        chisqr=chisqr,
        inverse=solution.inverse,
        condition=solution.condition,
        variance=1.0 if problem.data.sigma_is_absolute else chisqr / fit_estimate.nfree,
        distance=0.0,
    )


def _variance(problem: Problem, near: Linearised, chisqr: float, nfree: int) -> float | None:
    if near.slopes is None and (problem.data.sigma_is_absolute or isinstance(problem.loss_function, Poisson)):
        return 1.0
    if nfree <= 0:
        return None
    factor = chisqr / nfree
    if near.slopes is not None:
        counting = torch.ones_like(near.influence, dtype=torch.bool)
        factor = propagation.variance(near.influence, near.slopes, torch.tensor(nfree), counting, torch.sum).item()
    return None if math.isnan(factor) else factor


def _moving(problem: Problem, inside: list[bool]) -> list[str]:
    return [name for name, moves in zip(problem.parameters.free, inside, strict=True) if moves]


def _rounding(problem: Problem, parameters: Tensor, jacobian: Tensor) -> float:
    """Return the largest chisqr that may be no more than rounding.

    Each value has that of y, and of the model what the rounding of each parameter, or of what it is multiplied by,
    makes of it: sin(2 pi f x) has no more digits than f x leaves it.
    """
    rounding = torch.finfo(problem.data.y.dtype).eps
    of_data = rounding_of(problem.data)
    of_model = (rounding * (jacobian.abs() @ parameters.double().abs())).square().sum().item()
    return of_data + (of_model if math.isfinite(of_model) else 0.0)


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
    undetermined: list[float]
    """By how much each parameter takes part in steps that change nothing, from 0 to 1."""


_NOTHING = _Around(None, None, 0.0, 1.0, [])


def _around(jacobian: Tensor, influence: Tensor, factor: Tensor | None) -> _Around:
    """Describe the neighbourhood of the parameters by J (points, inside); `influence` and `factor` are (points,)."""
    if not jacobian.numel():
        return _NOTHING
    factor = torch.ones_like(influence) if factor is None else factor.double()
    blocks = zip(*(tensor.split(POINTS_AT_ONCE) for tensor in (jacobian, factor, influence)), strict=True)
    triangle = triangle_of(torch.cat([rows.T, factors[None], right[None]]).T for rows, factors, right in blocks)
    if not is_finite(triangle):
        return _NOTHING
    columns, others = triangle[:-2, :-2], triangle[:-2, -2:]
    # Columns of R are as long as those of J.
    scale = column_lengths(columns).clamp(min=torch.finfo(torch.float64).tiny)
    left, singular, right = torch.linalg.svd(columns / scale)
    sizes: list[float] = singular.tolist()
    constant, projected = (left.T @ others).T.tolist()
    determined = [size > torch.finfo(torch.float64).eps * max(jacobian.shape) * sizes[0] for size in sizes]
    beyond = triangle[-2, -2].item()
    left_over = math.hypot(beyond, *(share for share, known in zip(constant, determined, strict=True) if not known))
    whole = math.hypot(beyond, *constant)
    constants_left = left_over / whole if whole else 1.0
    if not all(determined):
        free_directions = right[[not known for known in determined]]
        parts: list[float] = free_directions.square().sum(0).sqrt().tolist()
        return _NOTHING._replace(constants_left=constants_left, undetermined=parts)
    half = right.T / singular / scale[:, None]
    inverse = half @ half.T
    return _Around(
        inverse=inverse if is_finite(inverse) else None,
        condition=sizes[0] / sizes[-1],
        reachable=sum(share * share for share in projected),
        constants_left=constants_left,
        undetermined=[],
    )


def standard_errors(parameters: Parameters, vector: Tensor, fit_estimate: Estimate) -> dict[str, float | None]:
    """Return the standard error of each parameter by name; None for fixed parameters and for those at a bound.

    Those of the free parameters follow from the covariance, those of the tied ones by linear propagation of errors.
    """
    errors: dict[str, float | None] = dict.fromkeys(parameters.names)
    covariance = fit_estimate.covariance
    if covariance is None:
        return errors
    moving = [name for name, moves in zip(parameters.free, fit_estimate.inside, strict=True) if moves]
    errors |= zip(moving, covariance.diagonal().clamp(min=0).sqrt().tolist(), strict=True)
    if parameters.tied:
        errors |= _tied_errors(parameters, vector, fit_estimate.inside, covariance)
    return {name: error if error is not None and math.isfinite(error) else None for name, error in errors.items()}


def _tied_errors(parameters: Parameters, vector: Tensor, inside: list[bool], covariance: Tensor) -> dict[str, float]:
    moving = torch.tensor(inside, device=covariance.device)
    of_all = covariance.new_zeros(1, len(moving), len(moving))
    of_all[0, moving.nonzero(), moving.nonzero()[:, 0]] = covariance
    errors = propagation.standard_errors(parameters, vector[:, None], of_all, moving[:, None])
    return {name: errors[name].item() for name in parameters.tied}


def correlations(covariance: Tensor | None) -> list[list[float]] | None:
    """Return the correlations of a covariance; None where a variance is 0."""
    if covariance is None:
        return None
    deviations = covariance.diagonal().sqrt()
    if not (deviations > 0).all():
        return None
    matrix: list[list[float]] = (covariance / deviations / deviations[:, None]).clamp(-1, 1).tolist()
    return matrix


def is_rounding(data: Data, chisqr: float) -> bool:
    """Tell whether a chisqr is no more than the rounding of the data in the number format of the training."""
    return math.isfinite(chisqr) and chisqr <= rounding_of(data)


def rounding_of(data: Data) -> float:
    """Return the largest chisqr that may be no more than the rounding of the data."""
    y = data.y.double() if data.factor is None else data.y.double() * data.factor.double()
    rounding: float = 8 * torch.finfo(data.y.dtype).eps * torch.linalg.vector_norm(y, math.inf).item()
    return len(y) * rounding * rounding
