"""The parameters of a model: those that are fitted, those fixed at a number, and those tied by a formula."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from app.fitting.formulas.formula import Formula, parse
from app.fitting.formulas.functions import constant_like


@dataclass(frozen=True)
class Parameters:
    """The parameters of a model, in its order, and how each gets its value.

    An optimizer sees the free ones only, as a vector of shape (free,).
    """

    names: tuple[str, ...]
    fixed: Mapping[str, float] = field(default_factory=dict)
    """Numbers by parameter. Where a training is traced, these and the bounds are tensors, 0-d or (fits,)."""
    tied: Mapping[str, Formula] = field(default_factory=dict)
    """Formulas by parameter, in parameters that are not tied themselves."""
    lower: Mapping[str, float] = field(default_factory=dict)
    upper: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Return the names of the parameters that are fitted, in the model's order."""
        return tuple(name for name in self.names if name not in self.fixed and name not in self.tied)

    @property
    def bounded(self) -> bool:
        """Tell whether a parameter has a bound."""
        return bool(self.lower or self.upper)

    def values(self, free: Tensor | Sequence[Tensor]) -> dict[str, Tensor]:
        """Return the value of every parameter by name, differentiable in the free ones.

        `free` holds those as one tensor (free,) or (free, points), or as a sequence with a tensor for each.
        """
        free_values = free.unbind() if isinstance(free, Tensor) else free
        values = dict(zip(self.free, free_values, strict=True))
        like = free if isinstance(free, Tensor) else free_values[0]
        values |= {name: _like(number, like) for name, number in self.fixed.items()}
        return values | {name: formula(values) for name, formula in self.tied.items()}

    def coefficients(self, vector: Tensor) -> dict[str, float]:
        """Return every parameter as a plain number by name, at the free ones `vector` (free,)."""
        if not (self.fixed or self.tied):
            return dict(zip(self.names, vector.tolist(), strict=True))
        values = self.values(vector)
        return {name: values[name].item() for name in self.names}

    def bounds(self, like: Tensor) -> tuple[Tensor, Tensor]:
        """Return the lower and upper bounds (free,) of the free parameters, infinite where there is none.

        They have the dtype and device of `like`.
        """
        if not self.free:
            return like.new_empty(0), like.new_empty(0)
        lower = [self.lower.get(name, -math.inf) for name in self.free]
        upper = [self.upper.get(name, math.inf) for name in self.free]
        return _stacked(lower, like), _stacked(upper, like)


def _stacked(numbers: Sequence[float | Tensor], like: Tensor) -> Tensor:
    if any(isinstance(number, Tensor) for number in numbers):
        return torch.stack([_like(number, like) for number in numbers])
    return torch.tensor(numbers, dtype=torch.float64, device=like.device).to(like.dtype)


def _like(number: float | Tensor, like: Tensor) -> Tensor:
    return number if isinstance(number, Tensor) else constant_like(number, like)


def parse_tie(text: str, others: Collection[str] = ()) -> Formula:
    """Read a formula in the parameters `others`. Raise FormulaError for any other name."""
    return parse(text, tuple(others), allow_parameters=False)
