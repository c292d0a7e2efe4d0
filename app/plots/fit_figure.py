"""The figure of one curve: data, fit, bands, residuals."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.plots.axes import Floats, Values, cut, floats, is_logarithmic, put_height, put_points, put_scales
from app.plots.rounding import with_error
from app.plots.style import Look

MOST_NAMED = 12
"""Most coefficients that stand in a figure."""


@dataclass(frozen=True)
class FitPicture:
    """What the figure of one curve shows; None where there is no number, or no such part."""

    x_label: str
    y_label: str
    x: Values
    y: Values
    sigma: Values | None
    counts: list[bool] | None
    residuals: Values | None
    at: list[float]
    """Where curve and bands have their values, in ascending order."""
    line: Values | None
    confidence: tuple[Values, Values] | None
    prediction: tuple[Values, Values] | None
    coefficients: dict[str, tuple[float, float | None]]
    """Each with its standard error."""
    formula: str | None
    message: str | None
    """Why there is no curve, in words."""
    line_label: str = "fit"
    """What the legend calls the curve."""


@dataclass(frozen=True)
class Parts:
    """Which parts of a fit a figure shows."""

    bands: Collection[str]
    residuals: bool
    summary: bool


def draw_fit(figure: Figure, picture: FitPicture, parts: Parts, look: Look) -> None:
    """Draw a curve with its data on an empty figure, residuals below."""
    has_residuals = parts.residuals and picture.residuals is not None and len(picture.x) > 0
    rows = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1)) if has_residuals else [figure.subplots()]
    main: Axes = rows[0]
    is_log_x = is_logarithmic(look, floats(picture.x))
    put_scales(main, is_log_x, look.y_scale == "log")
    drawn = _put_curves(main, picture, parts.bands, look)
    put_points(main, look, picture.x, picture.y, picture.sigma, picture.counts)
    put_height(main, floats(picture.y), drawn)
    main.set_ylabel(cut(look.y_label or picture.y_label))
    if look.title:
        main.set_title(cut(look.title), loc="left")
    if look.legend:
        main.legend(loc="best")
    remark = _left_out(picture, is_log_x, look.y_scale == "log") or ("" if picture.line else picture.message or "")
    if parts.summary and picture.coefficients:
        _put_summary(main, picture, look)
    elif remark:
        main.annotate(cut(remark), (0.01, 0.01), xycoords="axes fraction", fontsize=7, gid="remark")
    if has_residuals:
        _put_residuals(rows[1], picture, is_log_x, look)
    rows[-1].set_xlabel(cut(look.x_label or picture.x_label))


def _put_curves(axes: Axes, picture: FitPicture, wanted: Collection[str], look: Look) -> list[Floats]:
    """Draw bands and curve, and return what was drawn."""
    colours, at, drawn = look.colours, np.array(picture.at), []
    bands = (
        ("prediction", picture.prediction, colours.prediction, 0.13),
        ("confidence", picture.confidence, colours.confidence, 0.3),
    )
    for name, band, colour, strength in bands:
        if band is not None and name in wanted:
            lower, upper = map(floats, band)
            label, gid = f"{name} band", f"{name}-band"
            axes.fill_between(at, lower, upper, color=colour, alpha=strength, linewidth=0, label=label, gid=gid)
            drawn += [lower, upper]
    if picture.line is not None:
        line = floats(picture.line)
        axes.plot(at, line, color=colours.curves[0], linewidth=1.6, label=picture.line_label, gid="curve", zorder=4)
        drawn.append(line)
    return drawn


def _put_residuals(axes: Axes, picture: FitPicture, is_log_x: bool, look: Look) -> None:
    put_scales(axes, is_log_x, is_log_y=False)
    axes.axhline(0, color=look.colours.frame, linewidth=0.8)
    residuals = picture.residuals or []
    put_points(axes, look, picture.x, residuals, picture.sigma, picture.counts)
    largest = np.nanmax(np.abs(floats(residuals)), initial=0.0)
    if math.isfinite(largest) and largest > 0:
        axes.set_ylim(-1.15 * largest, 1.15 * largest)
    axes.set_ylabel("residual")


def _left_out(picture: FitPicture, is_log_x: bool, is_log_y: bool) -> str:
    """Return in words how many points logarithmic axes can't show."""
    x, y = floats(picture.x), floats(picture.y)
    hidden = int(((is_log_x & (x <= 0)) | (is_log_y & (y <= 0))).sum())
    return f"{hidden} points that are not positive are not shown" if hidden else ""


def _put_summary(axes: Axes, picture: FitPicture, look: Look) -> None:
    """Write formula and coefficients in a box."""
    lines = [cut(picture.formula)] if picture.formula else []
    lines += [f"{cut(name)} = {with_error(*value)}" for name, value in list(picture.coefficients.items())[:MOST_NAMED]]
    box = {"boxstyle": "round", "facecolor": look.colours.ground, "edgecolor": look.colours.grid, "alpha": 0.85}
    axes.text(
        0.98,
        0.03,
        "\n".join(lines),
        transform=axes.transAxes,
        ha="right",
        va="bottom",
        fontsize=7,
        bbox=box,
        gid="summary",
    )
