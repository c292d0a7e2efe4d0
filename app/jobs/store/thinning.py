"""The choice of the rows of a loss history that are shown."""

from collections.abc import Iterator
from itertools import count


def stride_of(last_step: int, max_points: int) -> int:
    """Return the stride with which at most `max_points` (at least 2) of the steps 0 ... last_step are shown.

    It is 1, 2 or 5 times a power of ten.
    """
    if last_step < max_points:
        return 1
    return next(stride for stride in _round_numbers() if last_step // stride + 2 <= max_points)


def thinned_steps(last_step: int, stride: int) -> list[int]:
    """Return the first and the last of the steps 0 ... last_step, and of the others stride - 1, 2 stride - 1, ...

    With a round stride, the steps 99, 199, ... are among them, as the PyTorch tutorial prints them.
    """
    return sorted({0, *range(stride - 1, last_step, stride), last_step})


def _round_numbers() -> Iterator[int]:
    return ((1, 2, 5)[i % 3] * 10 ** (i // 3) for i in count())
