"""Where axes have ticks: as many as there is room for, and some however wide an axis is."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import LogLocator, MaxNLocator

from app.plots.texts import letters_in

_MOST = 9
_LEAST = 1e-307
"""Powers of ten below it are no longer exact, and their labels no longer short."""
_BETWEEN = 2
"""Letters that would have room between two labels."""


class Decades(LogLocator):
    """Ticks of a logarithmic axis: 1, 2, 5, 10, ... of few decades, else whole ones."""

    def __init__(self, most: int) -> None:
        super().__init__(numticks=most)
        self._most = most

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return the ticks between two ends, and one beyond each."""
        decades = math.log10(vmax) - math.log10(vmin) if 0 < vmin < vmax else 0.0
        is_narrow = decades < 3 and 3 * decades <= self._most + 2
        self.set_params(subs=(1.0, 2.0, 5.0) if is_narrow else (1.0,))
        # That beyond the end may be more than a number can be.
        with np.errstate(over="ignore"):
            ticks = super().tick_values(vmin, vmax)
        return [tick for tick in ticks if _LEAST <= tick < math.inf]


class Legible(MaxNLocator):
    """Ticks of a linear axis from left to right, as many as their labels have room for."""

    def __init__(self, axis: Axis, millimetres: float, points: float) -> None:
        super().__init__(_MOST, steps=[1, 2, 2.5, 5, 10])
        self._axis = axis
        self._letters = letters_in(millimetres, points)

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """Return the ticks between two ends, and one beyond each."""
        ticks: list[float] = []
        for count in range(_MOST, 0, -1):
            self.set_params(nbins=count)
            ticks = list(super().tick_values(vmin, vmax))
            labels = self._axis.get_major_formatter().format_ticks(ticks)
            if (len(ticks) - 1) * (max(map(len, labels)) + _BETWEEN) <= self._letters:
                break
        return ticks
