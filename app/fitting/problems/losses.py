"""Losses: the number that a training makes smaller, a sum over the points.

Every loss says the same two things of each point, elementwise and for any shapes that broadcast: its term in the sum,
and its weight in a working sum of squares that has the same gradient (iteratively reweighted least squares; Holland
and Welsch, "Robust regression using iteratively reweighted least-squares", 1977). The weighted residual is
r = factor * (model - y), with factor = 1 / sigma, or 1 where there is none.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

import torch
from torch import Tensor

Kind = Literal["squares", "robust", "likelihood"]
"""Kind of a loss: the sum of squares, robust with a threshold, or minus twice the logarithm of a likelihood."""


class Loss(ABC):
    """A sum over the points; its methods take and return tensors of any shapes that broadcast."""

    name: ClassVar[str]
    """Name in requests."""
    title: ClassVar[str]
    """Name for people."""
    description: ClassVar[str]
    """Description of what the loss is good for, in a sentence for people."""
    source: ClassVar[str]
    """Paper or book that the loss is from."""
    kind: ClassVar[Kind]
    """Kind of the loss, on which it depends which optimizers take it."""
    redescending: ClassVar[bool] = False
    """Whether a point pulls less at the model the farther away it is; then there are several minima, and a training
    that ends at the nearest needs a start in the right valley."""
    of_counts: ClassVar[bool] = False
    """Whether y has to be counts, that is, not negative, without sigma and not transformed."""

    @abstractmethod
    def terms(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """Return what each point adds to the loss; differentiable in `model`."""

    @abstractmethod
    def weights(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor | None:
        """Return the w with which the gradient of the loss is that of sum w r^2 at constant w; None where all are 1."""

    @abstractmethod
    def curvatures(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor | None:
        """Return half the second derivative of each term by r, for statistics; None where all are 1."""


def weighted_residual(model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
    """Return r = factor * (model - y)."""
    residual = model - y
    return residual if factor is None else residual * factor


@dataclass(frozen=True)
class SumOfSquares(Loss):
    """Sum of r^2: least squares."""

    name = "squares"
    title = "Sum of squares"
    description = "Sum of squared residuals."
    source = 'A.-M. Legendre, "Nouvelles méthodes pour la détermination des orbites des comètes", 1805'
    kind = "squares"

    def terms(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """Return r^2."""
        residual = weighted_residual(model, y, factor)
        return residual * residual

    def weights(self, model: Tensor, y: Tensor, factor: Tensor | None) -> None:  # noqa: ARG002
        """Return None, as all are 1."""
        return

    def curvatures(self, model: Tensor, y: Tensor, factor: Tensor | None) -> None:  # noqa: ARG002
        """Return None, as all are 1."""
        return


@dataclass(frozen=True)
class Robust(Loss):
    """Sum of t^2 rho((r / t)^2): a residual beyond the threshold t counts less than its square.

    A robust loss is rho and its derivatives as functions of z = (r / t)^2, so that rho(z) = z near 0.
    """

    kind = "robust"
    tuning: ClassVar[float]
    """Threshold, in standard deviations, with which the loss is 95 % efficient on normal errors, as a test checks."""

    threshold: float | Tensor
    """Threshold t, a number or a tensor that broadcasts against the points."""

    @staticmethod
    @abstractmethod
    def rho(z: Tensor) -> Tensor:
        """Return rho(z)."""

    @staticmethod
    @abstractmethod
    def first(z: Tensor) -> Tensor:
        """Return the derivative of rho by z."""

    @staticmethod
    @abstractmethod
    def second(z: Tensor) -> Tensor:
        """Return the second derivative of rho by z."""

    def terms(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """Return t^2 rho((r / t)^2)."""
        return self.rho(self._squared(model, y, factor)) * self.threshold**2

    def weights(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """Return rho'((r / t)^2)."""
        return self.first(self._squared(model, y, factor))

    def curvatures(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """Return rho' + 2 z rho''."""
        z = self._squared(model, y, factor)
        return self.first(z) + 2 * z * self.second(z)

    def _squared(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        ratio = weighted_residual(model, y, factor) / self.threshold
        return ratio * ratio


def _outside(z: Tensor) -> Tensor:
    # A root has no derivative at 0, where the other branch is taken; autograd would still multiply its infinity by 0.
    return z.clamp(min=1)


class Huber(Robust):
    """Huber's loss: the square of a small residual, the size of a large one."""

    name = "huber"
    title = "Huber's loss"
    description = "Robust against outliers; a residual beyond the threshold counts as its size."
    source = 'P. J. Huber, "Robust Estimation of a Location Parameter", 1964'
    tuning = 1.345

    @staticmethod
    def rho(z: Tensor) -> Tensor:
        """Return z up to 1, 2 sqrt(z) - 1 beyond."""
        return torch.where(z <= 1, z, 2 * _outside(z).sqrt() - 1)

    @staticmethod
    def first(z: Tensor) -> Tensor:
        """Return 1 up to 1, 1 / sqrt(z) beyond."""
        return _outside(z).rsqrt()

    @staticmethod
    def second(z: Tensor) -> Tensor:
        """Return 0 up to 1, -z^(-3/2) / 2 beyond."""
        return torch.where(z <= 1, 0.0, -0.5 * _outside(z) ** -1.5)


class SoftL1(Robust):
    """A smooth form of Huber's loss, also called pseudo-Huber loss."""

    name = "soft_l1"
    title = "Soft L1"
    description = "Robust against outliers; a smooth form of Huber's loss."
    source = 'P. Charbonnier et al., "Two deterministic half-quadratic regularization algorithms", 1994'
    tuning = 1.287

    @staticmethod
    def rho(z: Tensor) -> Tensor:
        """Return 2 (sqrt(1 + z) - 1)."""
        return 2 * z / ((1 + z).sqrt() + 1)

    @staticmethod
    def first(z: Tensor) -> Tensor:
        """Return 1 / sqrt(1 + z)."""
        return (1 + z).rsqrt()

    @staticmethod
    def second(z: Tensor) -> Tensor:
        """Return -(1 + z)^(-3/2) / 2."""
        return -0.5 * (1 + z) ** -1.5


class Cauchy(Robust):
    """Minus the logarithm of a Cauchy distribution's density."""

    name = "cauchy"
    title = "Cauchy's loss"
    description = "Robust against outliers; the farther a point is beyond the threshold, the less it pulls."
    source = 'P. W. Holland and R. E. Welsch, "Robust regression using iteratively reweighted least-squares", 1977'
    tuning = 2.385
    redescending = True

    @staticmethod
    def rho(z: Tensor) -> Tensor:
        """Return log(1 + z)."""
        return torch.log1p(z)

    @staticmethod
    def first(z: Tensor) -> Tensor:
        """Return 1 / (1 + z)."""
        return 1 / (1 + z)

    @staticmethod
    def second(z: Tensor) -> Tensor:
        """Return -1 / (1 + z)^2."""
        return -1 / (1 + z) ** 2


class Tukey(Robust):
    """Tukey's biweight, which is constant beyond the threshold."""

    name = "tukey"
    title = "Tukey's biweight"
    description = "Robust against outliers; a point beyond the threshold does not pull at all."
    source = 'A. E. Beaton and J. W. Tukey, "The Fitting of Power Series", 1974'
    tuning = 4.685
    redescending = True

    @staticmethod
    def rho(z: Tensor) -> Tensor:
        """Return (1 - (1 - z)^3) / 3 up to 1, 1/3 beyond."""
        return (1 - (1 - z.clamp(max=1)) ** 3) / 3

    @staticmethod
    def first(z: Tensor) -> Tensor:
        """Return (1 - z)^2 up to 1, 0 beyond."""
        return (1 - z.clamp(max=1)) ** 2

    @staticmethod
    def second(z: Tensor) -> Tensor:
        """Return -2 (1 - z) up to 1, 0 beyond."""
        return -2 * (1 - z.clamp(max=1))


@dataclass(frozen=True)
class Poisson(Loss):
    """Deviance of counts y, each Poisson distributed with the model as its mean.

    Sum of 2 factor^2 (model - y + y log(y / model)), which is twice the log-likelihood below that of a perfect model
    (McCullagh and Nelder, "Generalized Linear Models", 1989, section 2.3). NaN where the model is negative.
    """

    name = "poisson"
    title = "Poisson deviance"
    description = "Likelihood of counts."
    source = 'P. McCullagh and J. A. Nelder, "Generalized Linear Models", 1989, section 2.3'
    kind = "likelihood"
    of_counts = True

    def terms(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:
        """Return 2 factor^2 (model - y + y log(y / model))."""
        terms = 2 * (model - y + torch.xlogy(y, y) - torch.xlogy(y, model))
        terms = torch.where(model < 0, torch.nan, terms)
        return terms if factor is None else terms * factor * factor

    def weights(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:  # noqa: ARG002
        """Return 1 / model, as in Fisher's scoring; 0 where the model is not above 0, whose residual says nothing."""
        return torch.where(model > 0, 1 / model, 0.0)

    def curvatures(self, model: Tensor, y: Tensor, factor: Tensor | None) -> Tensor:  # noqa: ARG002
        """Return 1 / model, which is the expectation of the curvature; 0 where the model is not above 0."""
        return torch.where(model > 0, 1 / model, 0.0)


LOSSES: Mapping[str, type[Loss]] = MappingProxyType(
    {loss.name: loss for loss in (SumOfSquares, Huber, SoftL1, Cauchy, Tukey, Poisson)}
)
"""Every loss by its name."""


def needs_threshold(name: str) -> bool:
    """Tell whether the loss of that name has a threshold, as robust ones have. Raises KeyError for an unknown name."""
    return issubclass(LOSSES[name], Robust)


def robust_loss(name: str) -> type[Robust]:
    """Return the robust loss of that name.

    Raises KeyError for an unknown name, ValueError for a loss that is not robust.
    """
    loss = LOSSES[name]
    if not issubclass(loss, Robust):
        raise ValueError(f"{name} is not robust")
    return loss


def make_loss(name: str, threshold: float | Tensor | None = None) -> Loss:
    """Return the loss of that name, with a threshold in the unit of the weighted residual if it is robust.

    Raises KeyError for an unknown name, ValueError for a robust loss without a threshold.
    """
    if not needs_threshold(name):
        return LOSSES[name]()
    if threshold is None:
        raise ValueError(f"{name} needs a threshold")
    return robust_loss(name)(threshold)


def robust_standard_deviation(residual: Tensor, dim: int = 0) -> Tensor:
    """Return the standard deviation that normally distributed residuals r with the same median of |r| have.

    The median is taken along `dim`, and NaN do not count.
    """
    # 1 / the third quartile of the standard normal distribution.
    return residual.abs().nanmedian(dim=dim).values * 1.4826022185056018
