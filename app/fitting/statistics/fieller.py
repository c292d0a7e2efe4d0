"""Fieller's limits: the x at which a straight line has a given response.

E. C. Fieller, "Some Problems in Interval Estimation", 1954; N. R. Draper and H. Smith, "Applied Regression Analysis",
1998, section 3.2.
"""

import math

import torch
from torch import Tensor

from app.fitting.statistics.section import Section

Limits = tuple[float | None, float | None, tuple[float, float] | None]
"""Lower and upper limit, None where there is none; and the x left out, where the limits hold all others."""


def fieller_limits(
    section: Section, low: float, high: float, y: Tensor, share: Tensor, squared: Tensor
) -> list[Limits]:
    """Return the limits of x for responses `y` (unknowns,) of a straight line.

    `share` (unknowns,) is the variance of each response as a share of that of one of weight 1; `squared` (unknowns,) is
    the square of the quantile, times all that inflates the variances. The limits are the x with
    (y - f)^2 <= squared (c + v), c the variance of the response and v that of the line, which is a quadratic inequality
    in x. Where the slope may as well be 0, it holds for all x, or for all but those between two. `low` and `high` are
    any two x, best those of the data. Raises ValueError if the model is no straight line.
    """
    if not section.is_line:
        raise ValueError("the model is no straight line in x with one variance everywhere")
    high = high if high > low else low + (abs(low) or 1.0)
    ends = torch.tensor([low, high], dtype=torch.float64)
    (start, end), covariance = section.values(ends).tolist(), section.covariance(ends).tolist()
    rise, noise = end - start, section.response_variances(y) * share
    # With u from 0 at low to 1 at high, line and variance are polynomials of u.
    at_low, both, at_high = covariance[0][0], covariance[0][1], covariance[1][1]
    across, of_rise = both - at_low, at_low - 2 * both + at_high
    limits = []
    for response, variance, factor in zip(y.tolist(), noise.tolist(), squared.tolist(), strict=True):
        away = response - start
        square = rise * rise - factor * of_rise
        half = away * rise + factor * across
        constant = away * away - factor * (variance + at_low)
        limits.append(_solved(square, half, constant, low, high - low))
    return limits


def _solved(square: float, half: float, constant: float, origin: float, unit: float) -> Limits:
    """Return the x = origin + unit u with square u^2 - 2 half u + constant <= 0."""
    discriminant = half * half - square * constant
    if square == 0:
        end = origin + unit * constant / (2 * half) if half else None
        return (end, None, None) if half > 0 else (None, end, None)
    if discriminant <= 0 and square < 0:
        return None, None, None
    # The larger root in size first: the other follows without cancellation (Press et al., "Numerical Recipes", 5.6).
    larger = half + math.copysign(math.sqrt(max(discriminant, 0.0)), half)
    roots = (larger / square, constant / larger) if larger else (0.0, 0.0)
    lower, upper = sorted(origin + unit * root for root in roots)
    if not math.isfinite(lower + upper):
        return None, None, None
    return (lower, upper, None) if square > 0 else (None, None, (lower, upper))
