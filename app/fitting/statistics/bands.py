"""The model at other points, with its confidence and prediction bands there."""

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
    """The uncertainty of the coefficients of a fit, and of a further response."""

    names: Sequence[str]
    """The free parameters that have a covariance; all others count as known."""
    covariance: Tensor
    """Covariance of these parameters, (names, names)."""
    response_variance: float | None
    """Variance of a response of weight 1; None: responses are counts, whose variance is their mean."""
    degrees_of_freedom: int | None
    """Degrees of freedom of Student's t; None: bands are those of the normal distribution."""


@dataclass(frozen=True)
class Band:
    """The limits of a band, (points,) each."""

    lower: Tensor
    upper: Tensor


@dataclass(frozen=True)
class Bands:
    """The bands about a model; at each single point the limits hold with the confidence level."""

    stderr: Tensor
    """Standard error of the model, (points,)."""
    confidence: Band
    """The band of the model."""
    prediction: Band
    """The band of a further response."""


def predict(
    formula: Formula,
    parameters: Parameters,
    free: Tensor,
    variables: Mapping[str, Tensor],
    known: Uncertainty | None,
    level: float,
    sigma: Tensor | None = None,
) -> tuple[Tensor, Bands | None]:
    """Return the model's values (points,), and if `known` is given the bands about them, by propagation of errors.

    `free` is (free,), each variable (points,). The propagation is linear: the variance of the model is the quadratic
    form of the covariance in its gradient; that of a further response has the variance of the response added, times
    `sigma`^2 where `sigma` (points,) is given, on the scale of the sigma of the fit (Seber and Wild, "Nonlinear
    Regression", 1989, section 5.1).
    """
    blocks = list(_in_blocks(formula, parameters, free, variables, known))
    values, variance = (torch.cat(pieces) for pieces in zip(*blocks, strict=True))
    if known is None:
        return values, None
    response_variance = values if known.response_variance is None else torch.full_like(values, known.response_variance)
    if sigma is not None:
        response_variance = response_variance * sigma.square()
    stderr, wide = variance.sqrt(), (variance + response_variance).sqrt()
    quantile = two_sided(level, known.degrees_of_freedom)
    return values, Bands(stderr, _band(values, quantile * stderr), _band(values, quantile * wide))


def linearised(
    formula: Formula, parameters: Parameters, free: Tensor, variables: Mapping[str, Tensor]
) -> tuple[Tensor, Tensor]:
    """Return the model's values (points,) and their derivatives (free, points) by the parameters `free` (free,)."""
    points = len(next(iter(variables.values())))
    copies = free.detach()[:, None].expand(-1, points).clone().requires_grad_()
    values = formula({**variables, **parameters.values(copies)}).expand(points)
    if not values.requires_grad:
        return values, torch.zeros_like(copies)
    # Every function of a formula works point by point and each point has a copy of the parameters: the backward of
    # the sum gives every row of the Jacobian.
    (derivatives,) = torch.autograd.grad(values.sum(), copies)
    return values.detach(), derivatives


def _in_blocks(
    formula: Formula,
    parameters: Parameters,
    free: Tensor,
    variables: Mapping[str, Tensor],
    known: Uncertainty | None,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield values and variances of some points at a time."""
    columns = [] if known is None else [parameters.free.index(name) for name in known.names]
    for block in zip(*(column.split(POINTS_AT_ONCE) for column in variables.values()), strict=True):
        named = dict(zip(variables, block, strict=True))
        if known is None:
            yield formula({**named, **parameters.values(free.detach())}).expand_as(block[0]), torch.zeros_like(block[0])
            continue
        values, derivatives = linearised(formula, parameters, free, named)
        jacobian = derivatives[columns]
        yield values, (jacobian * (known.covariance @ jacobian)).sum(0).clamp(min=0)


def _band(values: Tensor, wide: Tensor) -> Band:
    return Band(values - wide, values + wide)
