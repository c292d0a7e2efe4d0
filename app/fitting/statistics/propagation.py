"""Variance and standard errors from (J^T J)^-1, for one fit and for many curves, which are the last axis."""

from collections.abc import Callable

import torch
from torch import Tensor

from app.fitting.formulas.parameters import Parameters


def variance(
    influence: Tensor, slopes: Tensor | None, nfree: Tensor, counting: Tensor, summed: Callable[[Tensor], Tensor]
) -> Tensor:
    """Return the factor that makes (J^T J)^-1 a covariance, in the shape of `nfree`; NaN where it does not exist.

    `influence` psi is half the derivative of each point's term of the loss, `slopes` psi' its derivative. With N points
    and P = N - `nfree` parameters it is K^2 (sum psi^2 / nfree) / mean(psi')^2 with
    K = 1 + (P / N) var(psi') / mean(psi')^2
    (P. J. Huber, "Robust Statistics", 1981, equation 7.6.10). Where `slopes` is None all are 1, as those of a sum of
    squares r^2, and the factor is sum r^2 / nfree.

    `influence` and `slopes`, float64, and `counting`, bool, are (points,) or (points, curves). A point that does not
    count has an influence of 0. `summed` sums over the points that `nfree` belongs to.
    """
    nfree = torch.where(nfree > 0, nfree.double(), torch.nan)
    scatter = summed(influence.square()) / nfree
    if slopes is None:
        return scatter
    ndata = summed(counting.double())

    def mean(terms: Tensor) -> Tensor:
        return summed(torch.where(counting, terms, 0.0)) / ndata

    slope = mean(slopes)
    slope = torch.where(slope > 0, slope, torch.nan)
    correction = 1 + (ndata - nfree) / ndata * mean((slopes - slope).square()) / slope**2
    return correction**2 * scatter / slope**2


def standard_errors(parameters: Parameters, vector: Tensor, covariance: Tensor, moving: Tensor) -> dict[str, Tensor]:
    """Return the standard error of each parameter by name, (curves,), float64; NaN where there is none.

    Those of the free parameters `vector` (free, curves) follow from the covariance, (curves, free, free), those of the
    tied ones by linear propagation of errors. Free parameters that do not move, as `moving` (free, curves) says,
    have none, and count as known.
    """
    curves = vector.shape[1]
    together = moving.T[:, :, None] & moving.T[:, None]
    covariance = torch.where(together, covariance, 0.0)
    none = torch.full((curves,), torch.nan, dtype=torch.float64, device=vector.device)
    errors = {name: none.clone() for name in parameters.names}
    for index, name in enumerate(parameters.free):
        errors[name] = torch.where(moving[index], covariance[:, index, index].clamp(min=0).sqrt(), torch.nan)
    if parameters.tied:
        vector = vector.detach().requires_grad_()
        values = parameters.values(vector)
        for name in parameters.tied:
            total = values[name].expand(curves).sum()
            (slope,) = torch.autograd.grad(total, vector, retain_graph=True, allow_unused=True, materialize_grads=True)
            # Products of matrices would round a curve's numbers one way among few curves, another among many.
            row = slope.T.double()
            errors[name] = (row[:, :, None] * covariance * row[:, None]).sum((1, 2)).clamp(min=0).sqrt()
    return errors
