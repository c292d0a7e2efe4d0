"""A fitted model along one of its variables, while all others are held."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula
from app.fitting.formulas.parameters import Parameters
from app.fitting.formulas.polynomial_degree import degree_in
from app.fitting.numerics.tall_qr import POINTS_AT_ONCE
from app.fitting.statistics import bands
from app.fitting.statistics.bands import Uncertainty


@dataclass(frozen=True)
class Section:
    """A fitted model as a function of one variable; every x is (points,), float64."""

    formula: Formula
    parameters: Parameters
    free: Tensor
    """The coefficients of the free parameters, (free,)."""
    variable: str
    known: Uncertainty | None = None
    """The uncertainty of the coefficients."""
    held: Mapping[str, float] = field(default_factory=dict)
    """The values of the other variables."""

    def values(self, x: Tensor) -> Tensor:
        """Return the model's values, (points,)."""
        return self.formula({**self._variables(x), **self.parameters.values(self.free)}).expand_as(x)

    def slopes(self, x: Tensor) -> Tensor:
        """Return the derivatives of the model by x, (points,)."""
        x = x.detach().requires_grad_()
        (slopes,) = torch.autograd.grad(self.values(x).sum() + 0 * x.sum(), x)
        return slopes

    def covariance(self, x: Tensor) -> Tensor:
        """Return the covariance of the model's values at few x, (points, points)."""
        known = self._known
        _, derivatives = bands.linearised(self.formula, self.parameters, self.free, self._variables(x))
        jacobian = derivatives[[self.parameters.free.index(name) for name in known.names]]
        return jacobian.T @ known.covariance @ jacobian

    def variances(self, x: Tensor) -> Tensor:
        """Return the variance of the model's values, (points,), by linear propagation of errors."""
        known, blocks = self._known, []
        columns = [self.parameters.free.index(name) for name in known.names]
        for block in x.split(POINTS_AT_ONCE):
            _, derivatives = bands.linearised(self.formula, self.parameters, self.free, self._variables(block))
            blocks.append((derivatives[columns] * (known.covariance @ derivatives[columns])).sum(0).clamp(min=0))
        return torch.cat(blocks)

    def response_variances(self, values: Tensor) -> Tensor:
        """Return the variance of a response of weight 1 where the model has these values; of counts, it is the model.

        The shape is that of `values`.
        """
        variance = self._known.response_variance
        return values.clamp(min=0) if variance is None else torch.full_like(values, variance)

    @property
    def is_line(self) -> bool:
        """Tell whether the model is a straight line in x whose responses have one variance everywhere."""
        degree = degree_in(self.formula, self.variable)
        constant = self.known is not None and self.known.response_variance is not None
        return degree is not None and degree <= 1 and constant

    @property
    def _known(self) -> Uncertainty:
        if self.known is None:
            raise ValueError("the coefficients have no uncertainty")
        return self.known

    def _variables(self, x: Tensor) -> dict[str, Tensor]:
        return {name: torch.full_like(x, value) for name, value in self.held.items()} | {self.variable: x}
