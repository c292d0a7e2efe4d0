"""A fit as people read it: how it ended, coefficients with errors, goodness, warnings, a small plot."""

import math
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from app.cli import curve_report
from app.cli.consoles import can_draw, shown, table, write
from app.cli.terminal_plot import drawn

if TYPE_CHECKING:
    from app.client.fit_service_client import Fit

_COLOURS = {"succeeded": "bold green", "failed": "bold red", "cancelled": "bold yellow"}
_MOST_WIDTH = 90
_SHARE_OF_HEIGHT = 0.5
_HEIGHT = (8, 18)
"""Least and most rows of a plot."""


def report(console: Console, fit: "Fit", curves: int, columns: object = None, *, is_kept: bool = True) -> None:
    """Write a fit; of many curves at most so many, the worst first.

    `columns` says which columns it is of. A fit that is not kept is not named: nobody can ask for it.
    """
    from app.client.fit_service_client.tables import goodness  # noqa: PLC0415

    title(console, fit, fit.id if is_kept else "fit")
    if columns is not None:
        console.print(shown(str(columns)))
    if fit.document["result"] is None:
        warnings(console, fit)
        return
    coefficients(console, fit)
    words = goodness(fit.document)
    if words:
        console.print(f"\n{words}")
    if fit.is_of_many:
        curve_report.report(console, fit, curves)
    warnings(console, fit)
    if console.is_terminal and can_draw(console) and not fit.is_of_many:
        plot(console, fit)


def title(console: Console, fit: "Fit", name: str) -> None:
    """Write which fit it is, how it ended, and its formula."""
    words = Text(f"{name} ").append(fit.status, style=_COLOURS.get(fit.status, "bold"))
    if not fit.has_ended:
        words.append(f": step {fit.progress['step']:,} of at most {fit.progress['steps']:,}")
    elif fit.message:
        words.append(f": {shown(fit.message)}")
    console.print(words)
    if fit.formula:
        console.print(shown(fit.formula), style="cyan")


def coefficients(console: Console, fit: "Fit") -> None:
    """Write coefficients, their errors, rounded to two digits, and intervals."""
    from app.client.fit_service_client.tables import rounded  # noqa: PLC0415

    result = fit.result
    statistics = result.get("statistics")
    errors = {} if statistics is None else statistics["stderr"]
    intervals = {} if statistics is None else statistics.get("confidence_intervals", {})
    if not result["coefficients"]:
        return
    level = fit.document["confidence"]["level"]
    columns = ("error", "%", f"{level * 100:g} % from", "to") if any(errors.values()) else ()
    rows = table(console, "parameter", "value", *columns, right=("value", *columns))
    for name, value in result["coefficients"].items():
        error = errors.get(name) or math.nan
        written, uncertainty = rounded(value, error)
        limits = ["" if end is None else rounded(end, error)[0] for end in intervals.get(name) or (None, None)]
        share = f"{abs(error / value) * 100:.2g}" if value and math.isfinite(error) else ""
        cells = (f"± {uncertainty}" if uncertainty else "", share, *limits) if columns else ()
        rows.add_row(shown(name), written, *cells)
    console.print()
    write(console, rows)


def warnings(console: Console, fit: "Fit") -> None:
    """Write what should be known of the numbers."""
    for words in fit.warnings:
        console.print(f"! {shown(words)}", style="yellow")


def plot(console: Console, fit: "Fit") -> None:
    """Draw points and curve, as large as the terminal allows."""
    width = min(console.width, _MOST_WIDTH)
    least, most = _HEIGHT
    height = max(least, min(most, int(console.height * _SHARE_OF_HEIGHT)))
    view = fit.view(points=4 * width)
    picture = drawn(view, width, height, has_colours=console.color_system is not None and not console.no_color)
    if picture:
        console.print()
        console.print(Text.from_ansi(picture), soft_wrap=True)
