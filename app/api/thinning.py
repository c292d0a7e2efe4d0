"""Which rows of a loss history to show."""

from collections.abc import Iterator
from itertools import count


def thinned_steps(last_step: int, max_points: int) -> list[int]:
    """Steps to show of 0 ... last_step: all if they are at most `max_points` (at least 2), else an even choice of them.

    The choice is the first, the last, and every stride-th (the steps stride - 1, 2 stride - 1, ...) with a round stride
    of 1, 2 or 5 times a power of ten: so 99, 199, ... are among them, as the PyTorch tutorial prints them.
    """
    if last_step < max_points:
        return list(range(last_step + 1))
    stride = next(s for s in _round_numbers() if last_step // s + 2 <= max_points)
    return sorted({0, *range(stride - 1, last_step, stride), last_step})


def _round_numbers() -> Iterator[int]:
    return ((1, 2, 5)[i % 3] * 10 ** (i // 3) for i in count())
