"""Responses whose x is asked for, and how uncertain each of them is."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.statistics.bands import Uncertainty
from app.fitting.statistics.distributions import two_sided


def mean_of(replicates: Tensor) -> Tensor:
    """Return the mean of replicates (count,), 0-d, also where their sum is larger than any number."""
    mean = replicates.mean()
    return mean if bool(mean.isfinite()) else (replicates / len(replicates)).sum()


@dataclass(frozen=True)
class Unknowns:
    """Responses whose x is asked for; every tensor is (unknowns,), float64."""

    y: Tensor
    """The response, or the mean of several, on the scale of the model."""
    share: Tensor
    """Variance of y about the model, as a share of that of a response of weight 1; 0 for a mean response."""
    inflation: Tensor
    """Factor of all variances: 1, unless the scatter of the replicates has a say in them."""
    quantile: Tensor
    """Standard deviations, of Student's t or of the normal distribution, that the limits are away."""

    @classmethod
    def known_exactly(cls, y: Tensor, known: Uncertainty | None, level: float) -> "Unknowns":
        """Return responses (unknowns,) that are values of the model itself and no measurements."""
        quantile = 1.0 if known is None else two_sided(level, known.degrees_of_freedom)
        return cls(y, torch.zeros_like(y), torch.ones_like(y), torch.full_like(y, quantile))

    @classmethod
    def measured(
        cls, replicates: Sequence[Tensor], counts: Tensor, sigma: Tensor, known: Uncertainty, level: float
    ) -> "Unknowns":
        """Return the means of replicates, (count,) for each unknown, of which each has the standard deviation `sigma`.

        `counts` (unknowns,) says how many measurements were averaged, also where only their mean is known; `sigma`
        (unknowns,) is on the scale of the sigma of the fit.
        """
        of_model = cls.known_exactly(torch.stack([mean_of(some) for some in replicates]), known, level)
        return cls(of_model.y, sigma.square() / counts, of_model.inflation, of_model.quantile)

    def pooled(
        self, replicates: Sequence[Tensor], sigma: Tensor, variance: float, degrees_of_freedom: int, level: float
    ) -> "Unknowns":
        """Return the same with the variance pooled from the fit and from the scatter of each unknown's replicates.

        `variance`, with its `degrees_of_freedom`, is that of a response of weight 1 by the fit (F. A. Graybill and
        H. K. Iyer, "Regression Analysis: Concepts and Applications", 1994, chapter 6).
        """
        inflation, quantile = [], []
        for some, deviation in zip(replicates, sigma.tolist(), strict=True):
            scatter = (some - mean_of(some)).square().sum().item() / deviation**2
            total = degrees_of_freedom + len(some) - 1
            inflation.append((degrees_of_freedom * variance + scatter) / total / variance if variance else 1.0)
            quantile.append(two_sided(level, total))
        as_tensor = [torch.tensor(numbers, dtype=torch.float64) for numbers in (inflation, quantile)]
        return Unknowns(self.y, self.share, *as_tensor)

    @property
    def squared(self) -> Tensor:
        """Return the factor of a variance that makes it the square of a half-width, (unknowns,)."""
        return self.inflation * self.quantile**2

    def of(self, which: Tensor) -> "Unknowns":
        """Return those of these numbers, (some,)."""
        return Unknowns(self.y[which], self.share[which], self.inflation[which], self.quantile[which])

    def twice(self) -> "Unknowns":
        """Return all of them, and then all of them again."""
        return Unknowns(*(numbers.repeat(2) for numbers in vars(self).values()))
