"""Quantities that follow from the coefficients of a fit, with the errors that they have by propagation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula
from app.fitting.formulas.parameters import Parameters
from app.fitting.numerics.quadrature import integrals

Quantity = Callable[[Mapping[str, Tensor]], Tensor]
"""A function of all parameters by name, (curves,) each, that is differentiable in them; a Formula is one."""


@dataclass(frozen=True)
class Integral:
    """The integral of a model over one of its variables, as a quantity: an area under the curve, a dose, a mean."""

    formula: Formula
    variable: str
    knots: Tensor
    """Ascending x, (knots,), from the first to the last of which it goes; they are close where the model is narrow."""
    held: Mapping[str, float] = field(default_factory=dict)
    """The values of the other variables."""

    def __call__(self, parameters: Mapping[str, Tensor]) -> Tensor:
        """Return the integral for each curve, (curves,); its derivatives by the parameters are integrals too."""
        names = self.formula.parameters
        if not names:
            return integrals(lambda x: self._model(x, {}).expand_as(x)[:, None], self.knots)[0]
        rows = torch.stack(torch.broadcast_tensors(*(parameters[name] for name in names)))
        rows = rows if rows.dim() > 1 else rows[:, None]
        at = rows.detach()
        found = integrals(lambda x: self._with_derivatives(x, at), self.knots).reshape(1 + len(names), -1)
        # What is linear in the parameters has just the derivatives that it is given.
        value: Tensor = found[0] + (found[1:] * (rows - at)).sum(0)
        return value

    def _with_derivatives(self, x: Tensor, at: Tensor) -> Tensor:
        """Return model and derivatives of each curve at x (points,), (points, (1 + parameters) curves)."""
        names = self.formula.parameters
        copies = at[:, None].expand(-1, len(x), -1).clone().requires_grad_()
        values = self._model(x[:, None], dict(zip(names, copies.unbind(), strict=True))).expand(copies.shape[1:])
        (derivatives,) = torch.autograd.grad(values.sum(), copies)
        return torch.cat([values.detach()[None], derivatives]).permute(1, 0, 2).flatten(1)

    def _model(self, x: Tensor, parameters: Mapping[str, Tensor]) -> Tensor:
        held = {name: torch.full_like(x, value) for name, value in self.held.items()}
        return self.formula({**held, **parameters, self.variable: x})


class Derived(NamedTuple):
    """Quantities of curves, float64."""

    values: Tensor
    """Value of each, (quantities, curves); NaN where it has none."""
    covariance: Tensor
    """Covariance of the quantities of each curve, (curves, quantities, quantities); NaN where there is none."""


def derive(
    quantities: Sequence[Quantity], parameters: Parameters, free: Tensor, covariance: Tensor, moving: Tensor
) -> Derived:
    """Return quantities at the coefficients `free` (free, curves), by linear propagation of errors (the delta method).

    `covariance` (curves, free, free) is that of the coefficients, NaN where there is none; those that do not move, as
    `moving` (free, curves) says, and all that are fixed, count as known. The covariance of the quantities is that of
    the coefficients between the gradients (C. R. Rao, "Linear Statistical Inference and Its Applications", 1973,
    section 6a.2).
    """
    curves = free.shape[1]
    vector = free.detach().double().requires_grad_()
    by_name = parameters.values(vector)
    values, gradients = [], []
    for quantity in quantities:
        value = quantity(by_name).expand(curves)
        values.append(value.detach())
        gradients.append(_gradient(value, vector))
    together = moving.T[:, :, None] & moving.T[:, None]
    # (curves, quantities, free): what is held adds nothing, whatever its derivative.
    rows = torch.where(moving, torch.stack(gradients), 0.0).permute(2, 0, 1)
    propagated = rows @ torch.where(together, covariance, 0.0) @ rows.transpose(1, 2)
    found = torch.stack(values)
    # Outside its domain a function has a derivative in torch, but no value that could be uncertain.
    exists = found.isfinite().T
    return Derived(found, torch.where(exists[:, :, None] & exists[:, None], propagated, torch.nan))


def _gradient(value: Tensor, vector: Tensor) -> Tensor:
    """Return the derivatives (free, curves) of a value (curves,) by the parameters."""
    if not value.requires_grad:
        return torch.zeros_like(vector)
    (gradient,) = torch.autograd.grad(value.sum(), vector, retain_graph=True, allow_unused=True, materialize_grads=True)
    return gradient


def correlations(covariance: Tensor) -> Tensor:
    """Return the correlations of covariances (curves, quantities, quantities); NaN where a variance is 0."""
    deviations = covariance.diagonal(dim1=1, dim2=2).sqrt()
    scale = deviations[:, :, None] * deviations[:, None]
    return torch.where(scale > 0, (covariance / scale).clamp(-1, 1), torch.nan)
