"""The figure of one curve: data, fit, bands, residuals."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from app.plots.axes import MANY, is_logarithmic, put_labels, put_legend, put_points, put_scales
from app.plots.limits import Floats, Values, floats, left_out, put_height, put_height_about_zero, put_width
from app.plots.style import Look
from app.plots.summary_box import put_summary
from app.plots.texts import wrapped


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
    for axes, is_log_y in zip(rows, (look.y_scale == "log", False), strict=False):
        put_scales(axes, look, is_log_x, is_log_y)
    sigma = None if len(picture.x) > MANY else picture.sigma
    drawn = _put_curves(main, picture, parts.bands, look)
    put_points(main, look, picture.x, picture.y, sigma, picture.counts)
    put_width(main, np.concatenate([floats(picture.x), floats(picture.at)]))
    put_height(main, *_heights(picture, sigma, drawn))
    if has_residuals:
        _put_residuals(rows[1], picture, sigma, look)
    put_labels(main, look, None, look.y_label or picture.y_label)
    _put_words(figure, main, picture, parts, look)
    put_legend(main, look, is_crowded=len(picture.x) > MANY)
    rows[-1].set_xlabel(wrapped(look.x_label or picture.x_label, look.width, 9, 2))


def _put_curves(axes: Axes, picture: FitPicture, wanted: Collection[str], look: Look) -> list[Floats]:
    """Draw bands and curve, and return what was drawn."""
    colours, at, drawn = look.colours, floats(picture.at), []
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


def _heights(picture: FitPicture, sigma: Values | None, drawn: list[Floats]) -> tuple[Floats, list[Floats]]:
    """Return the y that decide on the ends of an axis, and those that may reach beyond them."""
    y = floats(picture.y)
    counted = np.ones(len(y), dtype=bool) if not any(picture.counts or ()) else np.array(picture.counts)
    bars = [] if sigma is None else [y - floats(sigma), y + floats(sigma)]
    return y[counted], [*drawn, y[~counted], *bars]


def _put_residuals(axes: Axes, picture: FitPicture, sigma: Values | None, look: Look) -> None:
    axes.axhline(0, color=look.colours.frame, linewidth=0.8)
    residuals = picture.residuals or []
    put_points(axes, look, picture.x, residuals, sigma, picture.counts)
    put_height_about_zero(axes, floats(residuals), None if sigma is None else floats(sigma), picture.counts)
    axes.set_ylabel("residual")


def _put_words(figure: Figure, axes: Axes, picture: FitPicture, parts: Parts, look: Look) -> None:
    """Write what is to be known of the figure, and the summary if it is wanted."""
    x, y = floats(picture.x), floats(picture.y)
    unseen = left_out(x, y, axes.get_xscale() == "log", axes.get_yscale() == "log")
    reason = "" if picture.line else picture.message
    remark = "; ".join(filter(None, (unseen, reason)))
    if remark:
        # Below the axes, where it hides no point.
        figure.supxlabel(wrapped(remark, 0.95 * look.width, 7, 3), x=0.01, ha="left", fontsize=7, gid="remark")
    if parts.summary and picture.coefficients:
        drawn = [(x, y)] if picture.line is None else [(x, y), (floats(picture.at), floats(picture.line))]
        put_summary(axes, look, picture.formula, picture.coefficients, drawn)
