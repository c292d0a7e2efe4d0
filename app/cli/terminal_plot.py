"""A small plot in the terminal: points and curve in braille dots, between axes with round numbers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from plotille import Canvas

if TYPE_CHECKING:
    from app.client.fit_service_client import schemas

_WIDE = 50
_CROWDED = 0.2
"""Positive numbers over so wide a range, of which half lie in so small a part of it, are shown by their logarithm."""
_MARGIN = 0.05
_COLUMNS_OF_TICK = 12
_ROWS_OF_TICK = 3
_FEW = 1 / 2
"""Points a column of the plot up to which each is a letter; more are dots."""

Number = float | None


@dataclass(frozen=True)
class Axis:
    """An axis: its ends, and whether it is logarithmic; ends and places are logarithms then."""

    low: float
    high: float
    is_logarithmic: bool = False

    @classmethod
    def of(cls, values: Sequence[float], may_be_logarithmic: bool) -> "Axis":
        """Return an axis for numbers, with a margin."""
        numbers = sorted(values)
        is_logarithmic = may_be_logarithmic and _wants_logarithm(numbers)
        ends = [math.log10(end) if is_logarithmic else end for end in (numbers[0], numbers[-1])]
        margin = (ends[1] - ends[0]) * _MARGIN or abs(ends[0]) * _MARGIN or 1.0
        return cls(ends[0] - margin, ends[1] + margin, is_logarithmic)

    def place(self, value: float) -> float:
        """Return where a number stands between the ends."""
        return math.log10(value) if self.is_logarithmic else value

    def ticks(self, most: int) -> list[tuple[float, str]]:
        """Return places of round numbers, at most so many, and how they are written."""
        raw = (self.high - self.low) / max(most, 1)
        size = 10.0 ** math.floor(math.log10(raw))
        step = next(size * round_ for round_ in (1, 2, 5, 10) if size * round_ >= raw * (1 - 1e-9))
        if self.is_logarithmic:
            step = max(1.0, math.ceil(step))
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        places = [index * step for index in range(first, last + 1)]
        return [(place, f"{10**place if self.is_logarithmic else place:.6g}") for place in places]


def drawn(view: "schemas.FitView", width: int, height: int, *, has_colours: bool) -> str:
    """Return points and curve of a view as lines of at most so many letters; empty if there are no points."""
    points = _places(view["points"]["x"], view["points"]["y"])
    if not points:
        return ""
    line = [] if view["line"] is None else _places(view["x"], view["line"])
    across = Axis.of([x for x, _ in points], may_be_logarithmic=True)
    upright = Axis.of([y for _, y in points + line], may_be_logarithmic=False)
    marks = upright.ticks(height // _ROWS_OF_TICK)
    left = max(len(word) for _, word in marks) if marks else 0
    canvas = _canvas(across, upright, max(width - left - 2, 10), height)
    colours: dict[str, str] = {"line": "cyan", "point": "yellow"} if has_colours else {}
    for (x0, y0), (x1, y1) in pairwise(line):
        canvas.line(across.place(x0), y0, across.place(x1), y1, color=colours.get("line"))
    marker = "o" if len(points) <= canvas.width * _FEW else None
    for x, y in points:
        canvas.point(across.place(x), y, color=colours.get("point"), marker=marker)
    return "\n".join(_framed(canvas.plot("\n").split("\n"), canvas.width, across, upright, left, view))


def _places(across: Sequence[Number], upright: Sequence[Number]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in zip(across, upright, strict=True) if x is not None and y is not None]


def _canvas(across: Axis, upright: Axis, width: int, height: int) -> Canvas:
    return Canvas(width, height, across.low, upright.low, across.high, upright.high, mode="names")


def _framed(rows: list[str], width: int, across: Axis, upright: Axis, left: int, view: "schemas.FitView") -> list[str]:
    """Return the rows of a canvas with axes, ticks and their numbers."""
    height = len(rows)
    marks = {_index(upright, place, height): word for place, word in upright.ticks(height // _ROWS_OF_TICK)}
    lines = [f"{'':>{left}} {view['y_label']}"]
    for index, row in enumerate(rows):
        word = marks.get(height - 1 - index)
        lines.append(f"{word or '':>{left}} {'┤' if word else '│'}{row}")
    ticks = {_index(across, place, width): word for place, word in across.ticks(width // _COLUMNS_OF_TICK)}
    base = "".join("┬" if index in ticks else "─" for index in range(width))
    return [*lines, f"{'':>{left}} └{base}", f"{'':>{left}}  {_below(ticks, width, view['x_label'])}".rstrip()]


def _index(axis: Axis, place: float, cells: int) -> int:
    return min(int((place - axis.low) / (axis.high - axis.low) * cells), cells - 1)


def _below(ticks: dict[int, str], width: int, label: str) -> str:
    """Return the numbers below an axis, and its name at the right end."""
    line = [" "] * width
    taken = width - len(label) - 1
    for index, word in ticks.items():
        begin = max(index - len(word) // 2, 0)
        if begin + len(word) < taken:
            line[begin : begin + len(word)] = word
    return "".join(line[:taken]).ljust(taken) + f" {label}"


def _wants_logarithm(numbers: Sequence[float]) -> bool:
    low, middle, high = numbers[0], numbers[len(numbers) // 2], numbers[-1]
    return low > 0 and high / low >= _WIDE and middle < _CROWDED * high
