"""Target, model and start values as tensors: the problem that an optimizer works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.formula import Formula, parse_function_of_x

DTYPES = {"float64": torch.float64, "float32": torch.float32}


class NotFiniteError(ValueError):
    """A number of the problem is NaN or infinite in the number format of the training."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        """`x`, `y`, `function` or `start`."""


@dataclass(frozen=True)
class Problem:
    """A sum of squares to minimise.

    `x` and `y` have shape (points,), `start` has shape (parameters,) in the order of `formula.parameters`.
    """

    formula: Formula
    x: Tensor
    y: Tensor
    start: Tensor

    def residual(self, parameters: Tensor) -> Tensor:
        """Model minus data, (points,), at `parameters` (parameters,)."""
        return self._model(parameters) - self.y

    def loss(self, parameters: Tensor) -> Tensor:
        """Sum of squared residuals, 0-d, at `parameters` (parameters,)."""
        residual = self.residual(parameters)
        return (residual * residual).sum()

    def residual_and_jacobian(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Residual, (points,), and its derivatives, (points, parameters), by reverse mode through our Functions."""
        # Every function of a formula works point by point: with a copy of the parameters for each point, one backward
        # of the sum gives every row of the Jacobian.
        copies = parameters.detach()[:, None].repeat(1, len(self.x)).requires_grad_()
        values = self._model(copies).expand_as(self.y)
        if not values.requires_grad:
            return values - self.y, copies.detach().T.zero_()
        (derivatives,) = torch.autograd.grad(values.sum(), copies)
        return values.detach() - self.y, derivatives.T

    def _model(self, parameters: Tensor) -> Tensor:
        """Values (points,) of the model at parameters (parameters,) or (parameters, points)."""
        return self.formula({"x": self.x, **dict(zip(self.formula.parameters, parameters.unbind(), strict=True))})

    def coefficients(self, parameters: Tensor) -> dict[str, float]:
        """The parameters as plain numbers by name."""
        return dict(zip(self.formula.parameters, parameters.tolist(), strict=True))


def sampled_function(
    function: str, domain: Sequence[float], points: int, dtype: torch.dtype, device: str = "cpu"
) -> tuple[Tensor, Tensor]:
    """x (points,), evenly spaced with both ends of the domain, and the function's values there.

    Raises FormulaError for a text that is no function of x, NotFiniteError where x or the function's value is not
    finite in `dtype`.
    """
    low, high = domain
    x = torch.linspace(low, high, points, dtype=torch.float64, device=device).to(dtype)
    y = parse_function_of_x(function)({"x": x}).expand_as(x)
    return _finite("x", x, x), _finite("function", y, x)


def measured_data(
    x: Sequence[float], y: Sequence[float], dtype: torch.dtype, device: str = "cpu"
) -> tuple[Tensor, Tensor]:
    """x and y (points,) as tensors; raises NotFiniteError where a number is too large for `dtype`."""
    x_tensor = torch.tensor(x, dtype=torch.float64, device=device).to(dtype)
    y_tensor = torch.tensor(y, dtype=torch.float64, device=device).to(dtype)
    return _finite("x", x_tensor, x_tensor), _finite("y", y_tensor, x_tensor)


def start_vector(formula: Formula, start: Mapping[str, float], dtype: torch.dtype, device: str = "cpu") -> Tensor:
    """Start values (parameters,) in the formula's order; raises NotFiniteError for one too large for `dtype`."""
    values = [start[name] for name in formula.parameters]
    vector = torch.tensor(values, dtype=torch.float64, device=device).to(dtype)
    for name, finite in zip(formula.parameters, vector.isfinite().tolist(), strict=True):
        if not finite:
            raise NotFiniteError("start", f"the start value of {name} is too large for a {_name(dtype)}")
    return vector


def _finite(field: str, values: Tensor, x: Tensor) -> Tensor:
    bad = torch.nonzero(~torch.isfinite(values))
    if len(bad):
        index = int(bad[0])
        message = f"{field} is not a finite {_name(values.dtype)} at point {index} (x = {x[index].item():g})"
        raise NotFiniteError(field, message)
    return values


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
