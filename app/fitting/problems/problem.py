"""Target, model and start values as tensors: the problem that an optimizer works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula, parse, parse_function_of_x
from app.fitting.formulas.linearity import is_linear
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers.base import Linearised
from app.fitting.problems.design_matrix import Design, design_of
from app.fitting.problems.losses import Loss, SumOfSquares, weighted_residual

DTYPES = {"float64": torch.float64, "float32": torch.float32}


class NotFiniteError(ValueError):
    """A number of the problem is NaN or infinite in the number format of the training."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        """`x`, `y`, `sigma`, `weights`, `response`, `function` or `start`."""


@dataclass(frozen=True)
class Data:
    """Points to fit to; every tensor has shape (points,)."""

    variables: dict[str, Tensor]
    """Predictor variables by name."""
    y: Tensor
    """Response, transformed if a transformation was given."""
    factor: Tensor | None = None
    """What each residual is multiplied by: 1 / sigma, or the root of the weight."""
    sigma_is_absolute: bool = False
    """Whether 1 / factor is the standard deviation itself, and not only in proportion to it."""


@dataclass
class Evaluations:
    """Counts how often a model was worked out, with its derivatives or without."""

    count: int = 0


@dataclass(frozen=True)
class Problem:
    """A loss to minimise; `start` has shape (free,), in the order of `parameters.free`."""

    formula: Formula
    data: Data
    parameters: Parameters
    start: Tensor
    loss_function: Loss = field(default_factory=SumOfSquares)
    evaluations: Evaluations = field(default_factory=Evaluations, compare=False)

    def model(self, parameters: Tensor) -> Tensor:
        """Values (points,) of the model at `parameters` (free,) or (free, points)."""
        self.evaluations.count += 1
        return self.formula(self.data.variables | self.parameters.values(parameters)).expand_as(self.data.y)

    def residual(self, parameters: Tensor) -> Tensor:
        """Model minus data, weighted, (points,), at `parameters` (free,)."""
        return weighted_residual(self.model(parameters), self.data.y, self.data.factor)

    def loss(self, parameters: Tensor) -> Tensor:
        """The loss, 0-d, at `parameters` (free,)."""
        return self.loss_function.terms(self.model(parameters), self.data.y, self.data.factor).sum()

    def residual_and_jacobian(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted residual, (points,), and its derivatives, (points, free), by reverse mode through our Functions."""
        model, jacobian = self._model_and_derivatives(parameters)
        residual = weighted_residual(model, self.data.y, self.data.factor)
        return residual, jacobian if self.data.factor is None else jacobian * self.data.factor[:, None]

    def linearised(self, parameters: Tensor) -> Linearised:
        """The loss as a sum of squares near `parameters` (free,): each residual by the root of its working weight."""
        model, jacobian = self._model_and_derivatives(parameters)
        data, factor = (self.data.y, self.data.factor), self.data.factor
        weights = self.loss_function.weights(model, *data)
        if weights is not None:
            factor = weights.sqrt() if factor is None else weights.sqrt() * factor
        residual = weighted_residual(model, self.data.y, factor)
        loss = self.loss_function.terms(model, *data).sum()
        return Linearised(loss, residual, jacobian if factor is None else jacobian * factor[:, None])

    def _model_and_derivatives(self, parameters: Tensor) -> tuple[Tensor, Tensor]:
        # Every function of a formula works point by point: with a copy of the parameters for each point, one backward
        # of the sum gives every row of the Jacobian.
        copies = parameters.detach()[:, None].expand(-1, self.data.y.shape[0]).clone().requires_grad_()
        model = self.model(copies)
        if not model.requires_grad:
            return model, copies.detach().T.zero_()
        (derivatives,) = torch.autograd.grad(model.sum(), copies)
        return model.detach(), derivatives.T

    @cached_property
    def is_linear(self) -> bool:
        """Whether the model is linear, up to an offset, in all free parameters together."""
        return is_linear(self.formula, self.parameters)

    @cached_property
    def design(self) -> Design:
        """Design matrix and target of a model that is linear; raises ValueError for another."""
        return design_of(self.formula, self.data, self.parameters)

    def project(self, parameters: Tensor) -> Tensor:
        """The nearest parameters (free,) within their bounds."""
        return parameters.clamp(*self.bounds) if self.parameters.lower or self.parameters.upper else parameters

    def blocked(self, parameters: Tensor, gradient: Tensor) -> Tensor:
        """Which parameters (free,) are at a bound that descent along the gradient (free,) would cross."""
        if not (self.parameters.lower or self.parameters.upper):
            return torch.zeros_like(parameters, dtype=torch.bool)
        lower, upper = self.bounds
        return ((parameters <= lower) & (gradient > 0)) | ((parameters >= upper) & (gradient < 0))

    @cached_property
    def bounds(self) -> tuple[Tensor, Tensor]:
        """Lower and upper bounds (free,), infinite where there is none."""
        return self.parameters.bounds(self.start)

    def coefficients(self, parameters: Tensor) -> dict[str, float]:
        """Every parameter of the model as a plain number by name."""
        return self.parameters.coefficients(parameters)


def sampled_function(
    function: str, domain: Sequence[float], points: int, dtype: torch.dtype, device: str = "cpu"
) -> Data:
    """A function at `points` evenly spaced x, both ends of the domain included.

    Raises FormulaError for a text that is no function of x, NotFiniteError where x or the function's value is not
    finite in `dtype`.
    """
    low, high = domain
    x = torch.linspace(low, high, points, dtype=torch.float64, device=device).to(dtype)
    y = parse_function_of_x(function)({"x": x}).expand_as(x)
    return Data({"x": _finite("x", x)}, _finite("function", y, x))


def measured_data(
    columns: Mapping[str, Mapping[str, Sequence[float]]],
    dtype: torch.dtype,
    device: str = "cpu",
    response: str | None = None,
    sigma_is_absolute: bool = False,
) -> Data:
    """Measured points from columns of numbers, (points,) each.

    `columns` has the predictor variables by name under `x`, and under `y` the measured response; perhaps `sigma`, the
    standard deviation of the response, or `weights`, factors of the squared residuals; these under their own name.
    `response` is a formula in y by which it is transformed. Raises FormulaError for a response that is no formula in
    y, NotFiniteError for a number that is not finite in `dtype`, once transformed.
    """
    tensors = {
        field: {
            name: _finite(field, torch.tensor(numbers, dtype=torch.float64, device=device).to(dtype))
            for name, numbers in named.items()
        }
        for field, named in columns.items()
    }
    y = tensors["y"]["y"]
    if response is not None:
        y = _finite("response", parse_response(response)({"y": y}).expand_as(y), y, "y")
    factor = None
    if "sigma" in tensors:
        factor = _finite("sigma", 1 / tensors["sigma"]["sigma"])
    elif "weights" in tensors:
        factor = tensors["weights"]["weights"].sqrt()
    return Data(tensors["x"], y, factor, sigma_is_absolute)


def parse_response(text: str) -> Formula:
    """A formula in y alone. Raises FormulaError."""
    return parse(text, ("y",), allow_parameters=False)


def start_vector(parameters: Parameters, start: Mapping[str, float], dtype: torch.dtype, device: str = "cpu") -> Tensor:
    """Start values (free,) of the free parameters; raises NotFiniteError for one too large for `dtype`."""
    values = [start[name] for name in parameters.free]
    vector = torch.tensor(values, dtype=torch.float64, device=device).to(dtype)
    for name, finite in zip(parameters.free, vector.isfinite().tolist(), strict=True):
        if not finite:
            raise NotFiniteError("start", f"the start value of {name} is too large for a {_name(dtype)}")
    return vector


def _finite(field: str, values: Tensor, argument: Tensor | None = None, name: str = "x") -> Tensor:
    bad = torch.nonzero(~torch.isfinite(values))
    if len(bad):
        index = int(bad[0])
        where = "" if argument is None else f" ({name} = {argument[index].item():g})"
        raise NotFiniteError(field, f"{field} is not a finite {_name(values.dtype)} at point {index}{where}")
    return values


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
