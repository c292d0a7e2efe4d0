"""Data as tensors, and those of a function."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula, parse, parse_function_of_x

DTYPES = {"float64": torch.float64, "float32": torch.float32}
"""The number formats of a training by name."""


class NotFiniteError(ValueError):
    """A number of the problem is NaN or infinite in the number format of the training."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        """What the number belongs to: `x`, `y`, `sigma`, `weights`, `response`, `function`, `start` or `model`."""


@dataclass(frozen=True)
class Data:
    """Points to fit to; every tensor has shape (points,)."""

    variables: dict[str, Tensor]
    """Predictor variables by name."""
    y: Tensor
    """Response, transformed if a transformation was given."""
    factor: Tensor | None = None
    """Factor of each residual: 1 / sigma, or the root of the weight."""
    sigma_is_absolute: bool = False
    """Whether 1 / factor is the standard deviation itself, and not only in proportion to it."""


def sampled_function(
    function: str, domain: Sequence[float], points: int, dtype: torch.dtype, device: str = "cpu"
) -> Data:
    """Return a function at `points` evenly spaced x, both ends of the domain included.

    Raises FormulaError for a text that is no function of x, NotFiniteError where x or the function's value is not
    finite in `dtype`.
    """
    low, high = domain
    x = torch.linspace(low, high, points, dtype=torch.float64, device=device).to(dtype)
    y = parse_function_of_x(function)({"x": x}).expand_as(x)
    return Data({"x": _finite("x", x)}, _finite("function", y, x))


def parse_response(text: str) -> Formula:
    """Read a formula in y alone. Raise FormulaError where the text is none."""
    return parse(text, ("y",), allow_parameters=False)


def is_finite(values: Tensor) -> bool:
    """Tell whether all values, in any shape, are finite numbers."""
    # A sum is finite only if all its terms are; it takes a fraction of the time, and seldom overflows.
    return math.isfinite(values.sum().item()) or bool(values.isfinite().all())


def _finite(field: str, values: Tensor, x: Tensor | None = None) -> Tensor:
    if is_finite(values):
        return values
    index = int(torch.nonzero(~values.isfinite())[0])
    where = "" if x is None else f" (x = {x[index].item():g})"
    raise NotFiniteError(field, f"{field} is not a finite {dtype_name(values.dtype)} at point {index}{where}")


def dtype_name(dtype: torch.dtype) -> str:
    """Return the name of a number format as in requests: `float64` or `float32`."""
    return str(dtype).removeprefix("torch.")
