"""Standard errors of the coefficients of many curves, as `statistics` has them of one."""

import torch
from torch import Tensor

from app.fitting.curves.problem import CurveProblem
from app.fitting.losses import Poisson, SumOfSquares
from app.fitting.statistics import statistics


def standard_errors(problem: CurveProblem, parameters: Tensor) -> dict[str, Tensor]:
    """Of each parameter, (curves,), at `parameters` (free, curves), in float64; NaN where there is none."""
    names = problem.parameters.names
    errors = _propagated(problem, parameters, _covariance(problem, parameters))
    _, residual, jacobian = problem.linearised(parameters)
    gradient = (jacobian * residual[:, None]).sum(0)
    # Parameters at a bound count as known; few curves have any.
    for curve in problem.blocked(parameters, gradient).any(0).nonzero()[:, 0].tolist():
        alone = statistics(problem.alone(curve), parameters[:, curve]).stderr
        for name in names:
            error = alone[name]
            errors[name][curve] = torch.nan if error is None else error
    return errors


def _covariance(problem: CurveProblem, parameters: Tensor) -> Tensor:
    """(curves, free, free), NaN where it does not exist."""
    if isinstance(problem.loss_function, Poisson):
        _, _, jacobian = problem.linearised(parameters)
    else:
        _, jacobian = problem.model_and_jacobian(parameters)
        jacobian = jacobian if problem.factor is None else jacobian * problem.factor[:, None]
    jacobian = jacobian.double()
    lengths = jacobian.norm(dim=0)
    scale = torch.where(lengths > 0, lengths, 1.0)
    triangle = torch.linalg.qr((jacobian / scale).permute(2, 0, 1), mode="r").R
    free = jacobian.shape[1]
    if triangle.shape[1] < free:
        return jacobian.new_full((problem.curves, free, free), torch.nan)
    few = torch.finfo(torch.float64).eps * max(jacobian.shape[:2])
    regular = triangle.diagonal(dim1=1, dim2=2).abs().amin(1) > few
    identity = torch.eye(free, dtype=torch.float64, device=triangle.device)
    safe = torch.where(regular[:, None, None], triangle, identity)
    half = torch.linalg.solve_triangular(safe, identity.expand_as(safe), upper=True) / scale.T[:, :, None]
    covariance = half @ half.mT * _variance(problem, parameters)[:, None, None]
    return torch.where(regular[:, None, None], covariance, torch.nan)


def _variance(problem: CurveProblem, parameters: Tensor) -> Tensor:
    """What (J^T J)^-1 is multiplied by, (curves,)."""
    one = torch.ones(problem.curves, dtype=torch.float64, device=parameters.device)
    squares = isinstance(problem.loss_function, SumOfSquares)
    if isinstance(problem.loss_function, Poisson) or (squares and problem.sigma_is_absolute):
        return one
    nfree = problem.counts.double() - len(parameters)
    nfree = torch.where(nfree > 0, nfree, torch.nan)
    if squares:
        return problem.loss(parameters).double() / nfree
    counts = problem.counts.double()
    real = torch.arange(len(problem.y), device=parameters.device)[:, None] < problem.counts
    data = (problem.model(parameters), problem.y, problem.factor)
    weights, slope = problem.loss_function.weights(*data), problem.loss_function.curvatures(*data)
    if weights is None or slope is None:
        return one
    residual = data[0] - data[1] if data[2] is None else (data[0] - data[1]) * data[2]
    influence, slope = torch.where(real, residual * weights, 0.0).double(), torch.where(real, slope, 0.0).double()
    mean = slope.sum(0) / counts
    spread = torch.where(real, (slope - mean).square(), 0.0).sum(0) / counts
    correction = 1 + (counts - nfree) / counts * spread / mean**2
    return correction**2 * influence.square().sum(0) / nfree / mean**2


def _propagated(problem: CurveProblem, parameters: Tensor, covariance: Tensor) -> dict[str, Tensor]:
    """Of the free parameters from the covariance, of the tied ones by linear propagation of errors."""
    free = problem.parameters.free
    none = torch.full((problem.curves,), torch.nan, dtype=torch.float64, device=parameters.device)
    errors = {name: none.clone() for name in problem.parameters.names}
    for index, name in enumerate(free):
        errors[name] = covariance[:, index, index].clamp(min=0).sqrt()
    if problem.parameters.tied:
        vector = parameters.detach().requires_grad_()
        values = problem.parameters.values(vector)
        for name in problem.parameters.tied:
            total = values[name].expand(problem.curves).sum()
            (slope,) = torch.autograd.grad(total, vector, retain_graph=True, allow_unused=True, materialize_grads=True)
            row = slope.T.double()[:, None]
            errors[name] = (row @ covariance @ row.mT)[:, 0, 0].clamp(min=0).sqrt()
    return errors
