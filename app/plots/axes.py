"""Axes of figures: scales, labels, points, legend."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter, ScalarFormatter

from app.plots.limits import Floats, Values, floats
from app.plots.style import Look
from app.plots.texts import wrapped
from app.plots.ticks import Decades, Legible

MANY = 300
"""Number of points from which on they are small, and have no error bars."""
_WIDE, _CROWDED = 50.0, 0.2
_SHARE = 0.8
"""About which share of a figure's width and height its axes have."""
_MOST_DECADES, _OF_A_DECADE = 8, 13.0
"""Most labels of a logarithmic axis, and the millimetres that one of x takes."""
_DOT, _SMALL_DOT = 4.0, 1.2
_LEAST_WITH_LEGEND = 50.0
"""Millimetres; a legend would cover most of a smaller figure."""


def is_logarithmic(look: Look, x: Floats) -> bool:
    """Tell whether the x axis is logarithmic: as it was asked for, else where the data are crowded at the lower end."""
    if look.x_scale != "auto" or not len(x):
        return look.x_scale == "log"
    low, high = x.min(), x.max()
    return bool(low > 0 and high >= _WIDE * low and np.median(x) < _CROWDED * high)


def put_scales(axes: Axes, look: Look, is_log_x: bool, is_log_y: bool) -> None:
    """Make axes logarithmic or linear, with a thin frame and a grid."""
    axes.set_xscale("log" if is_log_x else "linear")
    axes.set_yscale("log" if is_log_y else "linear")
    # Those of matplotlib lead beyond the greatest number; the ends are put where the data are known.
    axes.margins(0)
    axes.grid(True)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    across = min(_MOST_DECADES, max(2, int(_SHARE * look.width / _OF_A_DECADE)))
    for axis, is_log, most in ((axes.xaxis, is_log_x, across), (axes.yaxis, is_log_y, _MOST_DECADES)):
        if is_log:
            axis.set_major_locator(Decades(most))
            # Those of matplotlib are mathematical texts, which are not read here.
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.10g}"))
            axis.set_minor_formatter(NullFormatter())
        else:
            axis.set_major_formatter(ScalarFormatter(useOffset=False))
    if not is_log_x:
        axes.xaxis.set_major_locator(Legible(axes.xaxis, _SHARE * look.width, 9))


def put_labels(axes: Axes, look: Look, x_label: str | None, y_label: str | None) -> None:
    """Write title and labels, on as many lines as they need and can have."""
    if look.title:
        axes.set_title(wrapped(look.title, _SHARE * look.width, 10, 3), loc="left")
    if x_label:
        axes.set_xlabel(wrapped(x_label, _SHARE * look.width, 9, 2))
    if y_label:
        axes.set_ylabel(wrapped(y_label, _SHARE * look.height, 9, 2))


def put_legend(axes: Axes, look: Look, is_crowded: bool = False) -> None:
    """Write a legend where there is room for one; small dots are larger in it."""
    if look.legend and min(look.width, look.height) >= _LEAST_WITH_LEGEND:
        axes.legend(loc="best", markerscale=_DOT / _SMALL_DOT if is_crowded else 1.0)


def put_points(
    axes: Axes, look: Look, x: Values, y: Values, sigma: Values | None, counts: Sequence[bool] | None
) -> None:
    """Draw points with their error bars; one that does not count is hollow."""
    colour = look.colours.data
    across, up = floats(x), floats(y)
    if sigma is not None:
        bars = axes.errorbar(across, up, floats(sigma), fmt="none", ecolor=colour, elinewidth=0.8, capsize=2)
        bars.lines[2][0].set_gid("error-bars")
    counted = np.ones(len(across), dtype=bool) if counts is None else np.array(counts)
    shown: dict[str, Any] = {
        "linestyle": "none",
        "marker": "o",
        "markersize": _SMALL_DOT if len(x) > MANY else _DOT,
        "color": colour,
        "markeredgewidth": 0.8,
        "zorder": 3,
    }
    axes.plot(across[counted], up[counted], label="data", rasterized=len(x) > 10 * MANY, gid="points", **shown)
    if not counted.all():
        hollow = shown | {"markerfacecolor": "none"}
        axes.plot(across[~counted], up[~counted], label="of weight 0", gid="points-without-weight", **hollow)
