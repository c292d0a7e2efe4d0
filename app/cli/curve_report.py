"""Many curves as people read them: a table of those that went worst, with coefficients and the end in words."""

import math
from typing import TYPE_CHECKING

from rich.console import Console

from app.cli.consoles import shown, table, write

if TYPE_CHECKING:
    from app.client.fit_service_client import Fit, schemas

_FEWEST_POINTS = 10
"""The service thins each curve to so many points at least; none is needed here."""


def report(console: Console, fit: "Fit", most: int) -> None:
    """Write the curves of a fit in a table, those that failed first, at most so many."""
    if not most:
        return
    page = fit.views(sort="worst", limit=most, points=_FEWEST_POINTS)
    if not page["data"]:
        return
    names = list(dict.fromkeys(name for curve in page["data"] for name in curve["coefficients"]))
    rows = table(console, "curve", *map(shown, names), "R²", "end", right=(*map(shown, names), "R²"))
    for curve in page["data"]:
        squared = curve["rsquared"]
        style = "red" if curve["status"] == "failed" else None
        cells = [_value(curve, name) for name in names]
        end = curve["reason"] if curve["status"] == "succeeded" else f"failed: {curve['message'] or curve['reason']}"
        rows.add_row(_name(curve), *cells, "" if squared is None else f"{squared:.5g}", shown(end), style=style)
    console.print()
    write(console, rows)
    if page["has_more"]:
        console.print(f"These are the {most} worst curves: --curves shows more.")


def _name(curve: "schemas.CurveView") -> str:
    return str(curve["curve"]) if curve["label"] is None else shown(curve["label"])


def _value(curve: "schemas.CurveView", name: str) -> str:
    from app.client.fit_service_client.tables import rounded  # noqa: PLC0415

    value, error = curve["coefficients"].get(name), curve["stderr"].get(name)
    if value is None:
        return ""
    written, uncertainty = rounded(value, error or math.nan)
    return f"{written} ± {uncertainty}" if uncertainty else written
