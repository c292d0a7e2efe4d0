"""Standard errors of the coefficients of many curves, as `statistics` works them out for one."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from app.fitting.curves.results import Trained
from app.fitting.numerics.small_systems import diagonals, identities, solve_triangles, triangles
from app.fitting.problems.curve_problem import CurveProblem
from app.fitting.problems.losses import Poisson, SumOfSquares, weighted_residual
from app.fitting.problems.objective import Objective
from app.fitting.programs.evaluation import evaluated
from app.fitting.statistics import propagation


def standard_errors_of(problem: CurveProblem, trained: Trained) -> dict[str, Tensor]:
    """Return the standard error of each parameter by name, (curves,), where a training ended; float64, NaN for none."""
    parameters = trained.parameters
    if trained.inverse is None and parameters.device.type == "cpu":
        varying = (*problem.parameters.free, *problem.parameters.tied)
        errors = evaluated(_of_varying, problem, parameters, len(varying))
        if errors is not None:
            none = torch.full_like(errors[0], torch.nan)
            by_name = dict(zip(varying, errors.unbind(), strict=True))
            return {name: by_name.get(name, none) for name in problem.parameters.names}
    return standard_errors(problem, parameters, trained.inverse)


def _of_varying(objective: Objective, parameters: Tensor) -> Sequence[Tensor]:
    """Return the standard errors of the free and the tied parameters, as a function that can be a program."""
    if not isinstance(objective, CurveProblem):
        raise TypeError("standard errors are those of curves over all their points")
    errors = standard_errors(objective, parameters)
    return [errors[name] for name in (*objective.parameters.free, *objective.parameters.tied)]


def standard_errors(problem: CurveProblem, parameters: Tensor, inverse: Tensor | None = None) -> dict[str, Tensor]:
    """Return the standard error of each parameter, (curves,), at `parameters` (free, curves), float64; NaN for none.

    `inverse` (free, free) is (J^T J)^-1, if it is known.
    """
    covariance, moving = covariances(problem, parameters, inverse)
    return propagation.standard_errors(problem.parameters, parameters, covariance, moving)


def covariances(problem: CurveProblem, parameters: Tensor, inverse: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return the covariance of each curve's parameters, (curves, free, free), and which of these move, (free, curves).

    The covariance is float64, and NaN where there is none; rows and columns of parameters that do not move, because
    they are at a bound, say nothing. `parameters` and `inverse` are as for `standard_errors`.
    """
    _, residual, jacobian = problem.linearised(parameters)
    moving = ~problem.blocked(parameters, (jacobian * residual[:, None]).sum(0))
    if inverse is None or not bool(moving.all()):
        inverse = _inverse(curvature(problem, parameters), moving)
    scale = variance(problem, parameters, problem.ndata - moving.sum(0), lambda terms: terms.sum(0))
    return inverse * scale[:, None, None], moving


def curvature(problem: CurveProblem, parameters: Tensor) -> Tensor:
    """Return the Jacobian from which standard errors follow, (points, free, curves)."""
    if isinstance(problem.loss_function, Poisson):
        return problem.linearised(parameters).jacobian
    _, jacobian = problem.model_and_jacobian(parameters)
    return jacobian if problem.factor is None else jacobian * problem.factor[:, None]


def variance(problem: CurveProblem, parameters: Tensor, nfree: Tensor, summed: Callable[[Tensor], Tensor]) -> Tensor:
    """Return the factor of (J^T J)^-1 with `nfree` degrees of freedom, shaped as it; NaN where it does not exist.

    `summed` sums the numbers of the points, (points, curves), over the points that `nfree` belongs to.
    """
    loss = problem.loss_function
    if isinstance(loss, Poisson) or (isinstance(loss, SumOfSquares) and problem.sigma_is_absolute):
        return torch.ones_like(nfree, dtype=torch.float64)
    data = (problem.model(parameters), problem.y, problem.factor)
    weights, slopes = loss.weights(*data), loss.curvatures(*data)
    residual = weighted_residual(*data).double()
    influence = residual if weights is None else residual * weights.double()
    slopes = None if slopes is None else slopes.double()
    return propagation.variance(influence, slopes, nfree, problem.counting, summed)


def _inverse(jacobian: Tensor, moving: Tensor) -> Tensor:
    """Return (J^T J)^-1, (curves, free, free), of the parameters that move; NaN where it does not exist."""
    points, free = jacobian.shape[:2]
    lengths = (jacobian * jacobian).sum(0).sqrt()
    scale = torch.where(moving & (lengths > 0), lengths, 1.0)
    triangle = triangles(jacobian / scale, moving)
    few = torch.finfo(torch.float64).eps * (points + free)
    regular = (diagonals(triangle).abs().amin(0) > few) & (moving.sum(0) <= points)
    safe = torch.where(regular, triangle, identities(triangle))
    half = solve_triangles(safe, identities(triangle)) / scale[:, None]
    inverse = torch.stack([(half * row).sum(1) for row in half.unbind()])
    return torch.where(regular, inverse, torch.nan).permute(2, 0, 1)
