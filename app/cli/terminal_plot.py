"""A small plot in the terminal: points and curve in braille dots, between axes with round numbers."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from plotille import Canvas

from app.cli.plot_axis import Axis

if TYPE_CHECKING:
    from app.client.fit_service_client import schemas

_CELLS_OF_TICK = 12
_ROWS_OF_TICK = 3
_POINTS_OF_CELL = 1 / 2
"""Points for each column up to which each is a letter; more are dots."""
_BEYOND = 0.6
"""A curve that runs away is shown so far beyond the points, as a share of their range."""
_POINTS, _LINE = "yellow", "cyan"

Place = tuple[float, float]


def drawn(view: "schemas.FitView", width: int, height: int, *, has_colours: bool) -> str:
    """Return points and curve of a view as lines of at most so many letters; empty where nothing can be drawn."""
    points = _places(view["points"]["x"], view["points"]["y"])
    if not points:
        return ""
    line = _places(view["x"], view["line"] or [None] * len(view["x"]), gaps=True)
    across = Axis.of([x for x, _ in points], may_be_logarithmic=True)
    upright = Axis.of(_heights([y for _, y in points], [y for _, y in line]))
    if not (across.can_be_drawn and upright.can_be_drawn):
        return ""
    marks = upright.ticks(height // _ROWS_OF_TICK, height)
    left = max(map(len, marks.values()), default=0)
    cells = max(width - left - 2, 10)
    canvas = Canvas(cells, height, across.low, upright.low, across.high, upright.high, mode="names")
    # What is drawn later is in front: the line before many dots, and a few letters before the line.
    marker = "o" if len(points) <= cells * _POINTS_OF_CELL else None
    if marker is None:
        _draw_points(canvas, across, points, _POINTS if has_colours else None)
    _draw_line(canvas, across, line, _LINE if has_colours else None)
    if marker is not None:
        _draw_points(canvas, across, points, _POINTS if has_colours else None, marker)
    rows = canvas.plot("\n").split("\n")
    ticks = across.ticks(cells // _CELLS_OF_TICK, cells)
    return "\n".join(
        [
            f"{'':>{left}} {view['y_label']} against {view['x_label']}",
            *(_beside(marks.get(height - 1 - index, ""), left, row) for index, row in enumerate(rows)),
            f"{'':>{left}} └{''.join('┬' if cell in ticks else '─' for cell in range(cells))}",
            f"{'':>{left}}  {_below(ticks, cells)}",
        ]
    )


def _places(across: Iterable[float | None], upright: Iterable[float | None], *, gaps: bool = False) -> list[Place]:
    """Return the places that have both numbers; with gaps, those without y have NaN."""
    pairs = [(x, math.nan if y is None else y) for x, y in zip(across, upright, strict=True) if x is not None]
    return pairs if gaps else [pair for pair in pairs if not math.isnan(pair[1])]


def _heights(points: Sequence[float], line: Sequence[float]) -> list[float]:
    """Return what the upright axis has to show: all points, and the curve unless it runs away from them."""
    low, high = min(points), max(points)
    beyond = (high - low) * _BEYOND
    return [low, high, *(min(max(y, low - beyond), high + beyond) for y in line if not math.isnan(y))]


def _draw_points(
    canvas: Canvas, across: Axis, points: Iterable[Place], colour: str | None, marker: str | None = None
) -> None:
    for x, y in points:
        canvas.point(across.place(x), y, color=colour, marker=marker)


def _draw_line(canvas: Canvas, across: Axis, line: Iterable[Place], colour: str | None) -> None:
    # Each dot of a line costs time, also of what lies far outside.
    height = canvas.ymax - canvas.ymin
    least, most = canvas.ymin - height, canvas.ymax + height
    for (x0, y0), (x1, y1) in pairwise((across.place(x), min(max(y, least), most)) for x, y in line):
        if math.isfinite(x0 + y0 + x1 + y1):
            canvas.line(x0, y0, x1, y1, color=colour)


def _beside(word: str, width: int, row: str) -> str:
    return f"{word:>{width}} {'┤' if word else '│'}{row}"


def _below(ticks: dict[int, str], cells: int) -> str:
    """Return the numbers below an axis; one that would touch another is left out."""
    line = ""
    for cell, word in ticks.items():
        begin = max(min(cell - len(word) // 2, cells - len(word)), 0)
        if not line or begin > len(line):
            line = line.ljust(begin) + word
    return line
