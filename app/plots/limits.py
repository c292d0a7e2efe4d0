"""Numbers as axes can show them, and the ends of axes."""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

Values = Sequence[float | None]
Floats = npt.NDArray[np.float64]

LARGEST = 1e300
"""Greatest number that is drawn where it is: sums and margins of such numbers are finite."""
_MARGIN = 0.05
_ROOM = 0.6
"""How far beyond the data a curve is followed, as a share of their height."""
_LEAST_POWER, _GREATEST_POWER = -307.0, 307.0


def floats(values: Values) -> Floats:
    """Return numbers as an array, NaN for None, none greater than `LARGEST`."""
    numbers = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    return numbers.clip(-LARGEST, LARGEST)


def left_out(x: Floats, y: Floats, is_log_x: bool, is_log_y: bool) -> str:
    """Return in words which points logarithmic axes can't show, and which numbers are too large for any."""
    hidden = int(((is_log_x & (x <= 0)) | (is_log_y & (y <= 0))).sum())
    plural = f"{hidden} points that are not positive are not shown"
    remarks = [plural if hidden > 1 else "1 point that is not positive is not shown"] if hidden else []
    if bool((np.abs(np.concatenate([x, y])) >= LARGEST).any()):
        remarks.append(f"numbers beyond {LARGEST:g} are drawn there")
    return "; ".join(remarks)


def put_width(axes: Axes, x: Floats) -> None:
    """Set the ends of the x axis: all of x, and a margin."""
    is_log = axes.get_xscale() == "log"
    known = _shown(x, is_log)
    if len(known):
        axes.set_xlim(*_with_margin(known.min(), known.max(), is_log))


def put_height(axes: Axes, data: Floats, others: Iterable[Floats]) -> None:
    """Set the ends of the y axis: the data decide, and a curve that runs away is cut off."""
    is_log = axes.get_yscale() == "log"
    known = _shown(data, is_log)
    drawn = [shown for shown in (_shown(other, is_log) for other in others) if len(shown)]
    if not len(known) and not drawn:
        return
    if not len(known):
        known = np.concatenate(drawn)
    low, high = known.min(), known.max()
    room = _ROOM * (high - low)
    low = min([low, *(max(other.min(), low - room) for other in drawn)])
    high = max([high, *(min(other.max(), high + room) for other in drawn)])
    axes.set_ylim(*_with_margin(low, high, is_log))


def put_height_about_zero(axes: Axes, residuals: Floats, sigma: Floats | None, counts: Sequence[bool] | None) -> None:
    """Set the ends of the y axis of residuals: zero is in the middle, and those that count are shown with their error
    bars.
    """
    reach = np.abs(residuals) + (0.0 if sigma is None else np.nan_to_num(sigma))
    counted = reach if counts is None or not any(counts) else reach[np.array(counts)]
    end = 1.15 * np.max(counted[np.isfinite(counted)], initial=0.0) or 1.0
    axes.set_ylim(-end, end)


def _with_margin(low: float, high: float, is_log: bool) -> tuple[float, float]:
    """Return the ends of an axis that shows everything between two numbers, or logarithms of numbers."""
    margin = _MARGIN * (high - low) or (0.5 if is_log else abs(high) * _MARGIN or 1.0)
    if not is_log:
        return low - margin, high + margin
    least = min(low, _LEAST_POWER)
    return 10.0 ** max(low - margin, least), 10.0 ** min(high + margin, _GREATEST_POWER)


def _shown(values: Floats, is_log: bool) -> Floats:
    """Return the values that an axis can show, as logarithms on a logarithmic one."""
    finite = values[np.isfinite(values)]
    return np.log10(finite[finite > 0]) if is_log else finite
