"""Where axes have ticks: as many as there is room for, and some however wide an axis is."""

import math

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import LogLocator, MaxNLocator

from app.plots.texts import letters_in

_MOST = 9
_BETWEEN = 2
"""Letters that would have room between two labels."""


class Decades(LogLocator):
    """Ticks of a logarithmic axis: 1, 2, 5, 10, ... of few decades, else whole ones."""

    def __init__(self, most: int) -> None:
        super().__init__(numticks=most)
        self._most = most

    def tick_values(self, vmin: float, vmax: float) -> npt.NDArray[np.float64]:
        """Return the ticks between two ends, and one beyond each."""
        decades = math.log10(vmax) - math.log10(vmin) if 0 < vmin < vmax else 0.0
        is_narrow = decades < 3 and 3 * decades <= self._most + 2
        self.set_params(subs=(1.0, 2.0, 5.0) if is_narrow else (1.0,))
        # That beyond the end may be more than a number can be.
        with np.errstate(over="ignore"):
            ticks = np.asarray(super().tick_values(vmin, vmax))
        return ticks[np.isfinite(ticks)]


class Legible(MaxNLocator):
    """Ticks of a linear axis from left to right, as many as their labels have room for."""

    def __init__(self, millimetres: float, points: float) -> None:
        super().__init__(_MOST, steps=[1, 2, 2.5, 5, 10])
        self._letters = letters_in(millimetres, points)

    def tick_values(self, vmin: float, vmax: float) -> npt.NDArray[np.float64]:
        """Return the ticks between two ends, and one beyond each."""
        ticks = np.array([vmin, vmax])
        for count in range(_MOST, 0, -1):
            self.set_params(nbins=count)
            ticks = np.asarray(super().tick_values(vmin, vmax))
            labels = self.axis.get_major_formatter().format_ticks(ticks)
            if (len(ticks) - 1) * (max(map(len, labels)) + _BETWEEN) <= self._letters:
                break
        return ticks
