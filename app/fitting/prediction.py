"""The model at other points, with what is known of it there: confidence and prediction bands."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.distributions import two_sided
from app.fitting.formula import Formula
from app.fitting.parameters import Parameters


@dataclass(frozen=True)
class Uncertainty:
    """What a fit tells of its coefficients."""

    names: Sequence[str]
    """The parameters that the covariance is of; all others count as known."""
    covariance: Tensor
    """(names, names)"""
    variance: float
    """Of a response with a factor of 1."""
    degrees_of_freedom: int | None
    """None: sigma was absolute, the bands are those of the normal distribution."""


@dataclass(frozen=True)
class Bands:
    """Half widths of bands, (points,)."""

    stderr: Tensor
    """Standard error of the model."""
    confidence: Tensor
    """About the model, at one point with the confidence level."""
    prediction: Tensor
    """About a further response at this point."""


def model_at(
    formula: Formula, parameters: Parameters, free: Tensor, variables: Mapping[str, Tensor]
) -> tuple[Tensor, Tensor]:
    """Values, (points,), and derivatives by the free parameters, (points, free), through our autograd Functions."""
    points = len(next(iter(variables.values())))
    copies = free.detach()[:, None].repeat(1, points).requires_grad_()
    values = formula({**variables, **parameters.values(copies)}).expand(points)
    if not values.requires_grad:
        return values, torch.zeros_like(copies.T)
    (derivatives,) = torch.autograd.grad(values.sum(), copies)
    return values.detach(), derivatives.T


def bands(
    jacobian: Tensor, free: Sequence[str], known: Uncertainty, level: float, sigma: Tensor | float | None = None
) -> Bands:
    """Bands by linear propagation of errors, from derivatives (points, free).

    The variance of the model is the quadratic form of the covariance in its gradient; that of a further response has
    the variance of the response added, times `sigma`^2 where a standard deviation, (points,), is given for it (Seber
    and Wild, "Nonlinear Regression", 1989, section 5.1).
    """
    columns = jacobian[:, [free.index(name) for name in known.names]].double()
    variance = ((columns @ known.covariance) * columns).sum(1).clamp(min=0)
    of_response = known.variance * (1.0 if sigma is None else torch.as_tensor(sigma, dtype=torch.float64) ** 2)
    quantile = two_sided(level, known.degrees_of_freedom)
    wide = (variance + of_response).sqrt()
    return Bands(variance.sqrt(), quantile * variance.sqrt(), quantile * wide)


def finite(values: Tensor) -> list[float | None]:
    """As plain numbers; None where there is none."""
    return [number if math.isfinite(number) else None for number in values.tolist()]
