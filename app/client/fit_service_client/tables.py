"""A fit as a table: for a terminal, and for a notebook with its plot."""

import base64
import math
from html import escape

from .documents import has_ended, warnings_of
from .schemas import Fit

_DIGITS = 15
"""Digits that a number has at most: more than a float64 does not hold."""
_GOODNESS = {"rsquared": "R²", "redchi": "reduced χ²", "rmse": "RMSE", "aicc": "AICc"}

Row = tuple[str, str, str, str]


def rounded(value: float, stderr: float) -> tuple[str, str]:
    """Return a number and its standard error as people write them: the error with two digits, the number as exact."""
    if not (math.isfinite(value) and math.isfinite(stderr) and stderr > 0):
        return f"{value:.6g}", ""
    size = math.floor(math.log10(max(abs(value), stderr)))
    scale = size if not -4 <= size < 6 else 0
    decimals = min(max(1 - math.floor(math.log10(stderr)) + scale, 0), _DIGITS - max(size - scale, 0))
    power = f"e{scale:+03d}" if scale else ""
    error = f"{stderr / 10.0**scale:.{decimals}f}"
    return f"{value / 10.0**scale:.{decimals}f}{power}", f"{error}{power}" if float(error) else f"{stderr:.2g}"


def text(fit: Fit) -> str:
    """Return a fit as lines of text."""
    rows = _rows(fit)
    lines = [_title(fit), *([f"  {fit['formula']}"] if fit["formula"] else []), *([""] if rows else [])]
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    for name, value, stderr, limits in rows:
        error = f" ± {stderr:<{widths[2]}}" if widths[2] else ""
        lines.append(f"  {name:<{widths[0]}}  {value:>{widths[1]}}{error}  {limits}".rstrip())
    lines += ["", f"  {goodness(fit)}"] if goodness(fit) else []
    lines += [f"  ! {warning}" for warning in warnings_of(fit)]
    return "\n".join(lines).rstrip()


def html(fit: Fit, plot: bytes | None = None) -> str:
    """Return a fit as HTML, with a plot (SVG) if there is one."""
    rows = _rows(fit)
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th><td>{escape(value)}</td>"
        f"<td>{'± ' + escape(stderr) if stderr else ''}</td><td>{escape(limits)}</td></tr>"
        for name, value, stderr, limits in rows
    )
    # As an image, a drawing can run no script in the notebook.
    source = "" if plot is None else base64.b64encode(plot).decode()
    picture = f"<img alt='{escape(_title(fit))}' src='data:image/svg+xml;base64,{source}'>" if source else ""
    formula = f"<div><code>{escape(fit['formula'])}</code></div>" if fit["formula"] else ""
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in warnings_of(fit))
    return (
        f"<div><div><strong>{escape(_title(fit))}</strong></div>{formula}"
        f"{f'<table>{cells}</table>' if cells else ''}<div>{escape(goodness(fit))}</div>"
        f"{f'<ul>{warnings}</ul>' if warnings else ''}{picture}</div>"
    )


def _title(fit: Fit) -> str:
    name = f"Fit {fit['id']} {fit['status']}"
    if not has_ended(fit):
        progress = fit["progress"]
        return f"{name}: step {progress['step']:,} of {progress['steps']:,}"
    return f"{name} ({fit['reason']}): {fit['message'] or 'no more is known'}"


def _rows(fit: Fit) -> list[Row]:
    """Return name, value, standard error and limits of each coefficient."""
    result = fit["result"]
    if result is None:
        return []
    statistics = result.get("statistics")
    errors = {} if statistics is None else statistics["stderr"]
    limits = {} if statistics is None else statistics.get("confidence_intervals", {})
    rows = []
    for name, value in result["coefficients"].items():
        written, error = rounded(value, errors.get(name) or math.nan)
        pair = limits.get(name)
        between = "" if pair is None else f"{pair[0]:.5g} to {pair[1]:.5g}"
        rows.append((name, written, error, between))
    return rows


def goodness(fit: Fit) -> str:
    """Return how good a fit is, in a line of figures; empty for one without a result."""
    result = fit["result"]
    if result is None:
        return ""
    counts, statistics = result.get("curves"), result.get("statistics")
    words = []
    if counts is not None:
        words.append(f"{counts['succeeded']:,} of {counts['total']:,} curves succeeded")
    if statistics is not None:
        for name, word in _GOODNESS.items():
            value = statistics.get(name)
            words += [] if not isinstance(value, float) else [f"{word} {value:.5g}"]
        words.append(f"{statistics['ndata']:,} points, {statistics['nvarys']} parameters fitted")
    return ", ".join(words)
