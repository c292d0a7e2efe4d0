"""Losses: what one number a training makes smaller, as a sum over the points.

Every loss says the same two things of each point, elementwise and for any shapes that broadcast: its term in the sum,
and its weight in a working sum of squares that has the same gradient (iteratively reweighted least squares; Holland
and Welsch, "Robust regression using iteratively reweighted least-squares", 1977). The weighted residual is
r = factor * (model - y), with factor = 1 / sigma, or 1 where there is none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Loss(Protocol):
    """Terms and working weights; tensors of any shapes that broadcast."""

    def terms(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """What each point adds to the loss; differentiable in `model`."""

    def weights(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor | None:
        """The w with which the gradient of the loss is that of sum w r^2 at constant w; None: all are 1."""

    def curvatures(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor | None:
        """Half the second derivative of each term by r, for statistics; None: all are 1."""


def weighted_residual(model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
    """r = factor * (model - y)."""
    residual = model - y
    return residual if factor is None else residual * factor


@dataclass(frozen=True)
class SumOfSquares:
    """Sum of r^2: least squares."""

    def terms(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """r^2."""
        residual = weighted_residual(model, y, factor)
        return residual * residual

    def weights(self, model: Tensor, y: Tensor, factor: Tensor | None) -> None:  # noqa: ARG002
        """All 1."""
        return

    def curvatures(self, model: Tensor, y: Tensor, factor: Tensor | None) -> None:  # noqa: ARG002
        """All 1."""
        return


@dataclass(frozen=True)
class Shape:
    """A robust loss at threshold 1, as functions of z = r^2, so that rho(z) = z near 0."""

    rho: Callable[[Tensor], Tensor]
    first: Callable[[Tensor], Tensor]
    """Derivative of rho by z."""
    second: Callable[[Tensor], Tensor]
    """Second derivative of rho by z."""
    tuning: float
    """Threshold, in standard deviations, at which it is 95 % efficient on normal errors (checked in the tests)."""


def _outside(z: Tensor) -> Tensor:
    # A root has no derivative at 0, where the other branch is taken; autograd would still multiply its infinity by 0.
    return z.clamp(min=1)


SHAPES: dict[str, Shape] = {
    # P. J. Huber, "Robust Estimation of a Location Parameter", 1964.
    "huber": Shape(
        lambda z: torch.where(z <= 1, z, 2 * _outside(z).sqrt() - 1),
        lambda z: _outside(z).rsqrt(),
        lambda z: torch.where(z <= 1, 0.0, -0.5 * _outside(z) ** -1.5),
        1.345,
    ),
    # Charbonnier et al., 1994; also called pseudo-Huber.
    "soft_l1": Shape(
        lambda z: 2 * z / ((1 + z).sqrt() + 1),
        lambda z: (1 + z).rsqrt(),
        lambda z: -0.5 * (1 + z) ** -1.5,
        1.287,
    ),
    "cauchy": Shape(torch.log1p, lambda z: 1 / (1 + z), lambda z: -1 / (1 + z) ** 2, 2.385),
    # A. E. Beaton and J. W. Tukey, "The Fitting of Power Series", 1974: the biweight.
    "tukey": Shape(
        lambda z: (1 - (1 - z.clamp(max=1)) ** 3) / 3,
        lambda z: (1 - z.clamp(max=1)) ** 2,
        lambda z: -2 * (1 - z.clamp(max=1)),
        4.685,
    ),
}


@dataclass(frozen=True)
class Robust:
    """Sum of t^2 rho((r / t)^2): a residual beyond the threshold t counts less than its square."""

    shape: Shape
    threshold: float | Tensor
    """A number, or a tensor that broadcasts against the points."""

    @property
    def name(self) -> str:
        """Of the shape."""
        return next(name for name, shape in SHAPES.items() if shape is self.shape)

    def terms(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """t^2 rho((r / t)^2)."""
        return self.shape.rho(self._squared(model, y, factor)) * self.threshold**2

    def weights(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """rho'((r / t)^2)."""
        return self.shape.first(self._squared(model, y, factor))

    def curvatures(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """rho' + 2 z rho''."""
        z = self._squared(model, y, factor)
        return self.shape.first(z) + 2 * z * self.shape.second(z)

    def _squared(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        ratio = weighted_residual(model, y, factor) / self.threshold
        return ratio * ratio


@dataclass(frozen=True)
class Poisson:
    """Deviance of counts y, each Poisson distributed with the model as its mean.

    Sum of 2 factor^2 (model - y + y log(y / model)), which is twice the log-likelihood below that of a perfect model
    (McCullagh and Nelder, "Generalized Linear Models", 1989, section 2.3). NaN where the model is negative.
    """

    def terms(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """2 factor^2 (model - y + y log(y / model))."""
        terms = 2 * (model - y + torch.xlogy(y, y) - torch.xlogy(y, model))
        terms = torch.where(model < 0, torch.nan, terms)
        return terms if factor is None else terms * factor * factor

    def weights(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:  # noqa: ARG002
        """1 / model: Fisher's scoring; 0 where the model is not above 0, and its residual tells nothing."""
        return torch.where(model > 0, 1 / model, 0.0)

    def curvatures(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:  # noqa: ARG002
        """1 / model, the expectation."""
        return torch.where(model > 0, 1 / model, 0.0)


LOSSES = ("squares", *SHAPES, "poisson")
"""Names of all losses."""


def make_loss(name: str, threshold: float | Tensor | None = None) -> Loss:
    """A loss by its name; the robust ones need a threshold, in the unit of the weighted residual."""
    if name == "squares":
        return SumOfSquares()
    if name == "poisson":
        return Poisson()
    if threshold is None:
        raise ValueError(f"{name} needs a threshold")
    return Robust(SHAPES[name], threshold)


def robust_standard_deviation(residual: Tensor, dim: int = 0) -> Tensor:
    """Median of |r| along `dim`, NaN left out, times what makes it the standard deviation of normal residuals."""
    # 1 / the third quartile of the standard normal distribution.
    return residual.abs().nanmedian(dim=dim).values * 1.4826022185056018
