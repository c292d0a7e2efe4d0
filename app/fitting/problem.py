"""Target, model and start values as tensors: the problem that an optimizer works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.formula import Formula, parse_function_of_x

DTYPES = {"float64": torch.float64, "float32": torch.float32}


class TargetNotFiniteError(ValueError):
    """A target value is NaN or infinite in the number format of the training."""

    def __init__(self, what: str, index: int, x: float, dtype: torch.dtype) -> None:
        number_format = str(dtype).removeprefix("torch.")
        super().__init__(f"{what} is not a finite {number_format} number at point {index} (x = {x:g})")


@dataclass(frozen=True)
class Problem:
    """A sum of squares to minimise.

    `x` and `y` have shape (points,), `start` has shape (parameters,) in the order of `formula.parameters`.
    """

    formula: Formula
    x: Tensor
    y: Tensor
    start: Tensor

    def objective(self, parameters: Tensor) -> Tensor:
        """Sum of squared residuals, 0-d, of `parameters` (parameters,)."""
        values = dict(zip(self.formula.parameters, parameters.unbind(), strict=True))
        residual = self.formula({"x": self.x, **values}) - self.y
        return (residual * residual).sum()

    def coefficients(self, parameters: Tensor) -> dict[str, float]:
        """The parameters as plain numbers by name."""
        return dict(zip(self.formula.parameters, parameters.tolist(), strict=True))


def sampled_function(
    function: str, domain: Sequence[float], points: int, dtype: torch.dtype, device: str = "cpu"
) -> tuple[Tensor, Tensor]:
    """x (points,), evenly spaced with both ends of the domain, and the function's values there.

    Raises FormulaError for a text that is no function of x, TargetNotFiniteError where it has no finite value.
    """
    low, high = domain
    x = torch.linspace(low, high, points, dtype=dtype, device=device)
    y = parse_function_of_x(function)({"x": x}).expand_as(x)
    return _finite("x", x, x), _finite("the function", y, x)


def measured_data(
    x: Sequence[float], y: Sequence[float], dtype: torch.dtype, device: str = "cpu"
) -> tuple[Tensor, Tensor]:
    """x and y (points,) as tensors; raises TargetNotFiniteError where a number is too large for `dtype`."""
    x_tensor = torch.tensor(x, dtype=dtype, device=device)
    y_tensor = torch.tensor(y, dtype=dtype, device=device)
    return _finite("x", x_tensor, x_tensor), _finite("y", y_tensor, x_tensor)


def start_vector(formula: Formula, start: Mapping[str, float], like: Tensor) -> Tensor:
    """Start values (parameters,) in the formula's order, with dtype and device of `like`."""
    return like.new_tensor([start[name] for name in formula.parameters])


def _finite(what: str, values: Tensor, x: Tensor) -> Tensor:
    bad = torch.nonzero(~torch.isfinite(values))
    if len(bad):
        index = int(bad[0])
        raise TargetNotFiniteError(what, index, x[index].item(), values.dtype)
    return values
