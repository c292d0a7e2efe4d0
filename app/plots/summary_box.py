"""A box with formula and coefficients, where it hides least."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from app.plots.limits import Floats
from app.plots.rounding import with_error
from app.plots.style import Look
from app.plots.texts import cut, wrapped

MOST_NAMED = 12
"""Most coefficients that stand in a figure."""
_CORNERS = ((1, 0), (1, 1), (0, 1), (0, 0))
"""Right or left and upper or lower, as 1 or 0; of several that are equally empty the first is taken."""
_SIZE = 0.45
"""How much of the width and height of the axes belongs to a corner."""


def put_summary(
    axes: Axes,
    look: Look,
    formula: str | None,
    coefficients: Mapping[str, tuple[float, float | None]],
    drawn: list[tuple[Floats, Floats]],
) -> None:
    """Write formula and coefficients, each with its standard error, in the corner that has least of what is drawn."""
    lines = [wrapped(formula, look.width * _SIZE, 7, 3)] if formula else []
    lines += [f"{cut(name)} = {with_error(*value)}" for name, value in list(coefficients.items())[:MOST_NAMED]]
    across, up = _emptiest_corner(axes, drawn)
    axes.text(
        0.98 if across else 0.02,
        0.97 if up else 0.03,
        "\n".join(lines),
        transform=axes.transAxes,
        ha="right" if across else "left",
        va="top" if up else "bottom",
        fontsize=7,
        bbox={"boxstyle": "round", "facecolor": look.colours.ground, "edgecolor": look.colours.grid},
        zorder=5,
        gid="summary",
    )


def _emptiest_corner(axes: Axes, drawn: list[tuple[Floats, Floats]]) -> tuple[int, int]:
    shares = [axes.transLimits.transform(axes.transScale.transform(np.column_stack(each))) for each in drawn]

    def crowd(corner: tuple[int, int]) -> float:
        inside = [(np.abs(share - corner) < _SIZE).all(axis=1) for share in shares if len(share)]
        return float(sum(each.mean() for each in inside))

    return min(_CORNERS, key=crowd)
