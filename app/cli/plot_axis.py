"""An axis of a small plot: its ends, round numbers on it, and whether it is logarithmic."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

_WIDE = 50
_CROWDED = 0.2
"""Positive numbers over so wide a range, of which half lie in so small a part of it, are shown by their logarithm."""
_MARGIN = 0.05
_LEAST = 1e-300


@dataclass(frozen=True)
class Axis:
    """An axis; if it is logarithmic, its ends and places are logarithms."""

    low: float
    high: float
    is_logarithmic: bool = False

    @classmethod
    def of(cls, numbers: Sequence[float], *, may_be_logarithmic: bool = False) -> Self:
        """Return an axis on which these numbers stand, with a margin."""
        ordered = sorted(numbers)
        is_logarithmic = may_be_logarithmic and _want_logarithm(ordered)
        low, high = [math.log10(end) if is_logarithmic else end for end in (ordered[0], ordered[-1])]
        margin = (high - low) * _MARGIN or abs(low) * _MARGIN or 1.0
        return cls(low - margin, high + margin, is_logarithmic)

    @property
    def can_be_drawn(self) -> bool:
        """Tell whether float64 holds the numbers between the ends."""
        return _LEAST < self.high - self.low < math.inf

    def place(self, number: float) -> float:
        """Return where a number stands; NaN if it stands nowhere."""
        if not self.is_logarithmic:
            return number
        return math.log10(number) if number > 0 else math.nan

    def index(self, place: float, cells: int) -> int:
        """Return in which of so many cells a place between the ends lies."""
        return min(int((place - self.low) / (self.high - self.low) * cells), cells - 1)

    def ticks(self, most: int, cells: int) -> dict[int, str]:
        """Return round numbers, about so many, by the cell in which each lies."""
        wanted = (self.high - self.low) / max(most, 1)
        power = 10.0 ** math.floor(math.log10(wanted))
        step = next(power * size for size in (1, 2, 5, 10) if power * size >= wanted * (1 - 1e-9))
        if self.is_logarithmic:
            step = max(1.0, math.ceil(step))
        places = [step * count for count in range(math.ceil(self.low / step), math.floor(self.high / step) + 1)]
        return {self.index(place, cells): f"{10**place if self.is_logarithmic else place:.6g}" for place in places}


def _want_logarithm(ordered: Sequence[float]) -> bool:
    low, middle, high = ordered[0], ordered[len(ordered) // 2], ordered[-1]
    return low > 0 and high / low >= _WIDE and middle < _CROWDED * high
