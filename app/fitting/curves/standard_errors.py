"""Standard errors of the coefficients of many curves, as `statistics` has them of one."""

from collections.abc import Callable

import torch
from torch import Tensor

from app.fitting.curves.problem import CurveProblem
from app.fitting.numerics.small_systems import diagonals, identities, solve_triangles, triangles
from app.fitting.problems.losses import Poisson, SumOfSquares


def standard_errors(problem: CurveProblem, parameters: Tensor, inverse: Tensor | None = None) -> dict[str, Tensor]:
    """Of each parameter, (curves,), at `parameters` (free, curves), in float64; NaN where there is none.

    `inverse` (free, free) is (J^T J)^-1, if it is known.
    """
    _, residual, jacobian = problem.linearised(parameters)
    moving = ~problem.blocked(parameters, (jacobian * residual[:, None]).sum(0))
    if inverse is None or not bool(moving.all()):
        inverse = _inverse(curvature(problem, parameters), moving)
    scale = variance(problem, parameters, problem.ndata - moving.sum(0), lambda terms: terms.sum(0))
    return propagated(problem, parameters, inverse * scale[:, None, None], moving)


def curvature(problem: CurveProblem, parameters: Tensor) -> Tensor:
    """The Jacobian that standard errors follow from, (points, free, curves)."""
    if isinstance(problem.loss_function, Poisson):
        return problem.linearised(parameters).jacobian
    _, jacobian = problem.model_and_jacobian(parameters)
    return jacobian if problem.factor is None else jacobian * problem.factor[:, None]


def variance(problem: CurveProblem, parameters: Tensor, nfree: Tensor, summed: Callable[[Tensor], Tensor]) -> Tensor:
    """What (J^T J)^-1 is multiplied by, with `nfree` degrees of freedom, shaped as it; NaN where it does not exist.

    `summed` sums what each point has, (points, curves), over the points that `nfree` belongs to.
    """
    loss = problem.loss_function
    nfree = torch.where(nfree > 0, nfree.double(), torch.nan)
    squares = isinstance(loss, SumOfSquares)
    if isinstance(loss, Poisson) or (squares and problem.sigma_is_absolute):
        return torch.ones_like(nfree)
    data = (problem.model(parameters), problem.y, problem.factor)
    if squares:
        return summed(loss.terms(*data).double()) / nfree
    real = problem.counting

    def mean(terms: Tensor) -> Tensor:
        return summed(torch.where(real, terms.double(), 0.0)) / summed(real.double())

    weights, slope = loss.weights(*data), loss.curvatures(*data)
    weights, slope = (torch.ones_like(problem.y) if part is None else part.double() for part in (weights, slope))
    influence = (data[0] - data[1] if data[2] is None else (data[0] - data[1]) * data[2]) * weights
    ndata, slopes = summed(real.double()), mean(slope)
    slopes = torch.where(slopes > 0, slopes, torch.nan)
    correction = 1 + (ndata - nfree) / ndata * mean((slope - slopes).square()) / slopes**2
    return correction**2 * mean(influence.square()) * ndata / nfree / slopes**2


def propagated(problem: CurveProblem, parameters: Tensor, covariance: Tensor, moving: Tensor) -> dict[str, Tensor]:
    """Of the free parameters from the covariance, (curves, free, free), of tied ones by linear propagation of errors.

    Free parameters that are held, as `moving` (free, curves) says, have none, and count as known.
    """
    together = moving.T[:, :, None] & moving.T[:, None]
    covariance = torch.where(together, covariance, 0.0)
    none = torch.full((problem.curves,), torch.nan, dtype=torch.float64, device=parameters.device)
    errors = {name: none.clone() for name in problem.parameters.names}
    for index, name in enumerate(problem.parameters.free):
        errors[name] = torch.where(moving[index], covariance[:, index, index].clamp(min=0).sqrt(), torch.nan)
    if problem.parameters.tied:
        vector = parameters.detach().requires_grad_()
        values = problem.parameters.values(vector)
        for name in problem.parameters.tied:
            total = values[name].expand(problem.curves).sum()
            (slope,) = torch.autograd.grad(total, vector, retain_graph=True, allow_unused=True, materialize_grads=True)
            row = slope.T.double()[:, None]
            errors[name] = (row @ covariance @ row.mT)[:, 0, 0].clamp(min=0).sqrt()
    return errors


def _inverse(jacobian: Tensor, moving: Tensor) -> Tensor:
    """(J^T J)^-1, (curves, free, free), of the parameters that move; NaN where it does not exist."""
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
