"""The blocks of curves in which a worker trains a fit of many, and the smaller ones in which they are stored."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.jobs.data.columns import StoredData

MOST_CURVES = 8192
"""Most curves in a block."""
MOST_POINTS = 2**19
"""Most points of a block, all curves together; but a block has at least one curve."""
MOST_LOSSES = 2**24
"""Most losses of a block, if every curve takes all of its steps."""
MOST_STORED_LOSSES = 2**17
"""Most losses of what is stored together (1 MiB); but it has at least one curve."""


def curves_at_once(target: StoredData, steps: int) -> int:
    """Return how many curves a block has."""
    points: int = max(1, target.points // (target.curves or 1))
    return max(1, min(MOST_CURVES, MOST_POINTS // points, MOST_LOSSES // steps))


def stored_together(offsets: NDArray[np.int64]) -> Iterator[slice]:
    """Yield the curves, from the first of a block to its last, of which the results are stored together.

    Curve k has the losses offsets[k], ..., offsets[k + 1] - 1 of its block.
    """
    begin, curves = 0, len(offsets) - 1
    while begin < curves:
        fitting = int(np.searchsorted(offsets, offsets[begin] + MOST_STORED_LOSSES, side="right")) - 1
        end = max(fitting, begin + 1)
        yield slice(begin, end)
        begin = end
