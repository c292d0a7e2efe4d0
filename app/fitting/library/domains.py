"""The x at which a model of the library has a meaning, and x that are mostly meant otherwise."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

_COLDEST = 150.0
"""Kelvin below which temperatures of a rate are rather degrees Celsius."""
_LARGEST_LOGARITHM = 12.0
"""Largest number that is mostly a logarithm where doses are evenly spaced."""
_FEWEST_DOSES = 5
_EVEN = 0.01
"""Share of their distance by which evenly spaced numbers may differ."""


@dataclass(frozen=True)
class Domain:
    """Numbers from 0 on."""

    above_0: bool
    """Whether 0 is none of them."""
    impossible: str
    """What to do about others, in words that follow "x must be above 0" or "x can't be negative"."""
    looks_wrong: Callable[[Tensor], bool] | None = None
    """Tells of x (points,) whether they look like something else; None: nobody can tell."""
    suspicious: str = ""
    """What is told of such numbers."""

    def wrong(self, x: Tensor) -> str | None:
        """Return what is wrong with x (points,), in words; None where nothing is."""
        lowest = x.min().item()
        if self.above_0 and not lowest > 0:
            return f"x must be above 0: {self.impossible}"
        return f"x can't be negative: {self.impossible}" if lowest < 0 else None

    def warning(self, x: Tensor) -> str | None:
        """Return a warning where x (points,) look like something else."""
        return self.suspicious if self.looks_wrong is not None and self.looks_wrong(x) else None


def _look_like_celsius(x: Tensor) -> bool:
    return x.max().item() < _COLDEST


def _look_like_logarithms(x: Tensor) -> bool:
    distinct = x.unique()
    steps = distinct.diff()
    if len(distinct) < _FEWEST_DOSES or not distinct[0] > 0 or distinct[-1] > _LARGEST_LOGARITHM:
        return False
    return bool(((steps - steps.mean()).abs() <= _EVEN * steps.mean()).all()) and not torch.equal(x, x.round())


POWERS = Domain(
    above_0=False, impossible="a power of a negative number has no real value; shift x, or leave points out"
)
"""The x of a power law; at 0 it has a value where the exponent is positive."""
KELVIN = Domain(
    above_0=True,
    impossible="temperatures are in kelvin; to degrees Celsius, add 273.15",
    looks_wrong=_look_like_celsius,
    suspicious="x should be temperatures in kelvin, and these look like degrees Celsius: add 273.15",
)
"""The x of Arrhenius' law."""
DOSES = Domain(
    above_0=False,
    impossible="doses are not negative; if these are logarithms, give 10**x as doses, or fit a formula in x",
    looks_wrong=_look_like_logarithms,
    suspicious="the doses are evenly spaced, as logarithms are: if these are logarithms, give 10**x as doses",
)
"""The x of a dose-response curve."""
AMOUNTS = Domain(above_0=False, impossible="the model is one of amounts, such as concentrations or times, from 0 on")
"""The x of binding and of growth from 0 on."""
