"""Where the amplitudes of a model are told: at 0, or near data that are far from it.

At seconds since 1970 an exponential has an amplitude at 0 that no number can hold.
"""

import math

from torch import Tensor

from app.fitting.library.options import Number, near

FAR = 5.0
"""Distance from 0, in ranges of the data, from which on amplitudes are told near the data."""

DISTANCE = Number(
    0.0,
    "x at which amplitudes and phases are told; left out: 0, or a round number at the first x if that is far from 0",
)
"""The origin of a model in the distance of x from it."""
RATIO = Number(
    1.0,
    "x at which the amplitude is told; left out: 1, or a round number among the data if these are far from 1",
    positive=True,
)
"""The origin of a model in the ratio of x to it."""


def origin_of(option: Number, x: Tensor) -> float:
    """Return the origin that suits values of x (points,), of all curves."""
    low, high = x.min().item(), x.max().item()
    if option is DISTANCE:
        is_far = min(abs(low), abs(high)) > FAR * (high - low) and low * high > 0
        return near(low, high - low) if is_far else option.default
    if not low > 0:
        return option.default
    middle, range_of_logarithms = (math.log(low) + math.log(high)) / 2, math.log(high) - math.log(low)
    return near(low, low) if abs(middle) > FAR * range_of_logarithms else option.default


def distance(x: str, origin: float) -> str:
    """Return the distance of a variable from the origin, as a formula."""
    return f"({x} {'-' if origin > 0 else '+'} {written(abs(origin))})" if origin else x


def ratio(x: str, origin: float) -> str:
    """Return the ratio of a variable to the origin, as a formula."""
    return x if origin == 1 else f"({x}/{written(origin)})"


def written(number: float) -> str:
    """Return a number in as few digits as give the same one again."""
    return repr(number).removesuffix(".0")
