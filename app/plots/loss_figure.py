"""The figure of losses: one line for each fit."""

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from app.plots.axes import put_labels, put_legend, put_scales
from app.plots.limits import Values, floats, put_height, put_width
from app.plots.style import Look
from app.plots.texts import wrapped


@dataclass(frozen=True)
class LossLine:
    """The losses of a fit."""

    name: str
    steps: list[int]
    losses: Values


def draw_losses(figure: Figure, lines: list[LossLine], look: Look, is_log_y: bool | None) -> None:
    """Draw the losses of fits on an empty figure; the axis is logarithmic where all are positive, unless it is said."""
    axes = figure.subplots()
    losses = [floats(line.losses) for line in lines]
    known = np.concatenate([values[np.isfinite(values)] for values in losses] or [np.zeros(0)])
    is_positive = len(known) > 0 and bool((known > 0).all())
    put_scales(axes, look, look.x_scale == "log", is_positive if is_log_y is None else is_log_y)
    for place, (line, values) in enumerate(zip(lines, losses, strict=True)):
        colour = look.colours.curves[place % len(look.colours.curves)]
        marker = "o" if len(values) == 1 else None
        label = wrapped(line.name, 0.5 * look.width, 8, 1)
        axes.plot(line.steps, values, color=colour, linewidth=1.4, marker=marker, label=label, gid=f"loss-{place}")
    put_width(axes, np.concatenate([floats(line.steps) for line in lines] or [np.zeros(0)]))
    put_height(axes, known, [])
    put_labels(axes, look, look.x_label or "step", look.y_label or "loss")
    if len(lines) > 1:
        put_legend(axes, look)
