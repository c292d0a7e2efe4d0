"""Numbers as people write them."""

import math

_LARGE, _SMALL = 6, -4
"""Powers of ten beyond which a number is written with one."""


def with_error(value: float, error: float | None) -> str:
    """Return a value and its standard error, both with two digits of the error; without one six digits."""
    if error is None or not (math.isfinite(error) and math.isfinite(value) and error > 0):
        return f"{value:.6g}"
    last = math.floor(math.log10(float(f"{error:.1e}"))) - 1
    top = math.floor(math.log10(max(abs(value), error)))
    power = top if top > _LARGE or top < _SMALL else 0
    decimals = power - last
    # Adding zero takes the sign from what is rounded to it.
    rounded = (round(number / 10.0**power, decimals) + 0.0 for number in (value, error))
    parts = " ± ".join(f"{number:.{max(decimals, 0)}f}" for number in rounded)
    return f"({parts})e{power}" if power else parts
