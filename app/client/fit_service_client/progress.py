"""A line on the terminal that says how far a training is."""

import sys
import time
from collections.abc import Callable
from typing import Any, TextIO, TypeAlias

from .schemas import Progress

Show: TypeAlias = Callable[[Progress], object]
"""Is told of the progress of a fit again and again."""

_WIDTH = 24
_QUIET_SECONDS = 0.3
"""What ends sooner needs no line."""


class ProgressBar:
    """A bar on a terminal, drawn anew in its line, and gone once the fit has ended."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._begun = time.monotonic()
        self._drawn = 0

    def __call__(self, progress: Progress) -> None:
        """Draw the bar."""
        seconds = time.monotonic() - self._begun
        if seconds < _QUIET_SECONDS:
            return
        line = self._line(progress, seconds)
        self._terminal.write("\r" + line.ljust(self._drawn))
        self._terminal.flush()
        self._drawn = len(line)

    def close(self) -> None:
        """Take the bar off the terminal."""
        if self._drawn:
            self._terminal.write("\r" + " " * self._drawn + "\r")
            self._terminal.flush()
            self._drawn = 0

    def _line(self, progress: Progress, seconds: float) -> str:
        step, steps = progress["step"], progress["steps"]
        full = round(_WIDTH * step / steps) if steps else 0
        loss, curves = progress["loss"], progress.get("curves")
        words = [f"step {step:,} of {steps:,}"]
        words += [] if loss is None else [f"loss {loss:.4g}"]
        words += [] if curves is None else [f"{curves:,} curves"]
        return f"[{'#' * full}{'.' * (_WIDTH - full)}] {', '.join(words)}, {seconds:.0f} s"


def shown_by(wanted: bool | Show | None) -> Show | None:
    """Return what shows the progress: a bar if it is wanted, or if nothing is said and stderr is a terminal."""
    if wanted is None:
        wanted = sys.stderr.isatty()
    if callable(wanted):
        return wanted
    return ProgressBar(sys.stderr) if wanted else None


def close(show: Any) -> None:
    """Take away what showed the progress, if it can be."""
    if isinstance(show, ProgressBar):
        show.close()
