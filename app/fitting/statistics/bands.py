"""The model at other points, with what is known of it there: confidence and prediction bands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula
from app.fitting.formulas.parameters import Parameters
from app.fitting.numerics.tall_qr import POINTS_AT_ONCE
from app.fitting.statistics.distributions import two_sided


@dataclass(frozen=True)
class Uncertainty:
    """What a fit tells of its coefficients and of a further response."""

    names: Sequence[str]
    """The free parameters that the covariance is of; all others count as known."""
    covariance: Tensor
    """(names, names)"""
    response_variance: float | None
    """Of a response of weight 1; None: responses are counts, whose variance is their mean."""
    degrees_of_freedom: int | None
    """Of Student's t; None: bands are those of the normal distribution."""


@dataclass(frozen=True)
class Band:
    """Limits, (points,) each."""

    lower: Tensor
    upper: Tensor


@dataclass(frozen=True)
class Bands:
    """How far the model is known; each limit holds at one point by itself with the confidence level."""

    stderr: Tensor
    """Standard error of the model, (points,)."""
    confidence: Band
    """Of the model."""
    prediction: Band
    """Of a further response."""


def predict(
    formula: Formula,
    parameters: Parameters,
    free: Tensor,
    variables: Mapping[str, Tensor],
    known: Uncertainty | None,
    level: float,
    sigma: Tensor | None = None,
) -> tuple[Tensor, Bands | None]:
    """Values, (points,), and bands about them if something is known, by linear propagation of errors.

    `free` is (free,), each variable (points,). The variance of the model is the quadratic form of the covariance in its
    gradient; that of a further response has the variance of the response added, times `sigma`^2 where `sigma` (points,)
    is given, on the scale of the sigma of the fit (Seber and Wild, "Nonlinear Regression", 1989, section 5.1).
    """
    blocks = list(_in_blocks(formula, parameters, free, variables, known))
    values, variance = (torch.cat(parts) for parts in zip(*blocks, strict=True))
    if known is None:
        return values, None
    of_response = values if known.response_variance is None else torch.full_like(values, known.response_variance)
    if sigma is not None:
        of_response = of_response * sigma.square()
    stderr, wide = variance.sqrt(), (variance + of_response).sqrt()
    quantile = two_sided(level, known.degrees_of_freedom)
    return values, Bands(stderr, _band(values, quantile * stderr), _band(values, quantile * wide))


def _in_blocks(
    formula: Formula,
    parameters: Parameters,
    free: Tensor,
    variables: Mapping[str, Tensor],
    known: Uncertainty | None,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Values and variances of some points at a time: each point has a copy of the parameters."""
    names = parameters.free if known is None else known.names
    columns = [parameters.free.index(name) for name in names]
    for block in zip(*(column.split(POINTS_AT_ONCE) for column in variables.values()), strict=True):
        copies = free.detach()[:, None].repeat(1, len(block[0])).requires_grad_()
        named = dict(zip(variables, block, strict=True))
        values = formula({**named, **parameters.values(copies)}).expand(copies.shape[1])
        if known is None or not values.requires_grad:
            yield values.detach(), torch.zeros_like(block[0])
            continue
        # Every function of a formula works point by point: the backward of the sum gives every row of the Jacobian.
        (derivatives,) = torch.autograd.grad(values.sum(), copies)
        jacobian = derivatives[columns]
        yield values.detach(), (jacobian * (known.covariance @ jacobian)).sum(0).clamp(min=0)


def _band(values: Tensor, wide: Tensor) -> Band:
    return Band(values - wide, values + wide)
