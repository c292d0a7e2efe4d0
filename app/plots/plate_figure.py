"""The figure of many curves: a grid of small plots."""

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.plots.axes import is_logarithmic
from app.plots.limits import Floats, Values, floats, left_out, put_height, put_width
from app.plots.style import Look
from app.plots.texts import cut, wrapped

MOST_CURVES = 384
_WIDE = 1.5
"""How many times as many columns as rows there are."""


@dataclass(frozen=True)
class CurvePicture:
    """What the figure shows of one curve."""

    name: str
    x: Values
    y: Values
    at: list[float] | None
    line: Values | None
    remark: str
    """What is to be known of it, in a word or a number."""
    is_failed: bool
    has_warnings: bool


def draw_plate(figure: Figure, curves: list[CurvePicture], look: Look) -> None:
    """Draw curves on an empty figure, row by row."""
    count = max(1, len(curves))
    columns = math.ceil(math.sqrt(count * _WIDE))
    rows = math.ceil(count / columns)
    grid = figure.subplots(rows, columns, squeeze=False)
    x, y = _together([curve.x for curve in curves]), _together([curve.y for curve in curves])
    is_log_x = is_logarithmic(look, x)
    for place, axes in enumerate(grid.flat):
        if place < len(curves):
            _put_curve(axes, curves[place], is_log_x, look)
        else:
            axes.set_axis_off()
    _put_words(figure, left_out(x, y, is_log_x, look.y_scale == "log"), look)


def _together(columns: list[Values]) -> Floats:
    return np.concatenate([floats(column) for column in columns] or [np.zeros(0)])


def _put_words(figure: Figure, remark: str, look: Look) -> None:
    """Write title and remark above the curves, and labels of all axes where they are asked for."""
    line = "; ".join(filter(None, (look.title, remark)))
    if line:
        figure.suptitle(wrapped(line, 0.95 * look.width, 10, 3), x=0.01, ha="left", fontsize=10, gid="title")
    if look.x_label:
        figure.supxlabel(wrapped(look.x_label, 0.95 * look.width, 9, 2), fontsize=9, gid="x-label")
    if look.y_label:
        figure.supylabel(wrapped(look.y_label, 0.95 * look.height, 9, 2), fontsize=9, gid="y-label")


def _put_curve(axes: Axes, curve: CurvePicture, is_log_x: bool, look: Look) -> None:
    colours = look.colours
    axes.set_xscale("log" if is_log_x else "linear")
    axes.set_yscale(look.y_scale)
    axes.margins(0)
    axes.tick_params(which="both", bottom=False, left=False, labelbottom=False, labelleft=False)
    x, y = floats(curve.x), floats(curve.y)
    axes.plot(x, y, linestyle="none", marker="o", markersize=1.5, color=colours.data, gid="points")
    line = np.zeros(0)
    if curve.at is not None and curve.line is not None:
        line = floats(curve.line)
        axes.plot(floats(curve.at), line, color=colours.curves[0], linewidth=1.0, gid="curve")
    put_width(axes, x)
    put_height(axes, y, [line])
    colour = colours.failed if curve.is_failed else colours.warned if curve.has_warnings else None
    if colour is not None:
        axes.spines[:].set(color=colour, linewidth=1.2)
    axes.set_title(f"{cut(curve.name)[:16]}  {curve.remark}", fontsize=5.5, pad=1.5, color=colour or colours.text)
