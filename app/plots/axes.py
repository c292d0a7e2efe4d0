"""Axes of figures: scales, ends, labels, points."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, ScalarFormatter

from app.plots.style import Look

Values = Sequence[float | None]
Floats = npt.NDArray[np.float64]

LONGEST_LABEL = 120
_WIDE, _CROWDED = 50.0, 0.2
_MANY = 300
"""Number of points from which on they are small, and have no error bars."""
_ROOM = 0.6
"""How far beyond the data a curve is followed, as a share of their height."""


def floats(values: Values) -> Floats:
    """Return numbers as an array, NaN for None."""
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def cut(text: str) -> str:
    """Return a text on one line, without letters that no file can hold, and not longer than a figure can show."""
    line = "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))
    return line if len(line) <= LONGEST_LABEL else f"{line[: LONGEST_LABEL - 1]}…"


def is_logarithmic(look: Look, x: Floats) -> bool:
    """Tell whether the x axis is logarithmic: as it was asked for, else where the data are crowded at the lower end."""
    if look.x_scale != "auto" or not len(x):
        return look.x_scale == "log"
    low, high = x.min(), x.max()
    return bool(low > 0 and high / low >= _WIDE and np.median(x) < _CROWDED * high)


def put_scales(axes: Axes, is_log_x: bool, is_log_y: bool) -> None:
    """Make axes logarithmic or linear, with a thin frame and a grid."""
    axes.set_xscale("log" if is_log_x else "linear")
    axes.set_yscale("log" if is_log_y else "linear")
    axes.grid(True)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    for axis, is_log in ((axes.xaxis, is_log_x), (axes.yaxis, is_log_y)):
        if is_log:
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=8))
            # Those of matplotlib are mathematical texts, which are not read here.
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_formatter(NullFormatter())
        else:
            axis.set_major_formatter(ScalarFormatter(useOffset=False))


def put_points(
    axes: Axes, look: Look, x: Values, y: Values, sigma: Values | None, counts: Sequence[bool] | None
) -> None:
    """Draw points with their error bars; one that does not count is hollow."""
    colour, is_crowded = look.colours.data, len(x) > _MANY
    across, up = floats(x), floats(y)
    if sigma is not None and not is_crowded:
        bars = axes.errorbar(across, up, floats(sigma), fmt="none", ecolor=colour, elinewidth=0.8, capsize=2)
        bars.lines[2][0].set_gid("error-bars")
    counted = np.ones(len(across), dtype=bool) if counts is None else np.array(counts)
    size = 1.2 if is_crowded else 4.0
    shown: dict[str, Any] = {
        "linestyle": "none",
        "marker": "o",
        "markersize": size,
        "color": colour,
        "markeredgewidth": 0.8,
        "zorder": 3,
    }
    axes.plot(across[counted], up[counted], label="data", rasterized=len(x) > 10 * _MANY, gid="points", **shown)
    if not counted.all():
        hollow = shown | {"markerfacecolor": "none"}
        axes.plot(across[~counted], up[~counted], label="of weight 0", gid="points-without-weight", **hollow)


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
    margin = 0.05 * (high - low) or abs(high) * 0.05 or 1.0
    ends = (low - margin, high + margin)
    axes.set_ylim(*(10.0 ** np.array(ends) if is_log else ends))


def _shown(values: Floats, is_log: bool) -> Floats:
    """Return the values that an axis can show, as logarithms on a logarithmic one."""
    finite = values[np.isfinite(values)]
    return np.log10(finite[finite > 0]) if is_log else finite
