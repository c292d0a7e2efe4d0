"""The blocks of curves in which a fit of many is trained: parts are of whole ones, and what is stored is smaller."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.jobs.data.columns import StoredData
from app.jobs.fit.stored import StoredFit

MOST_CURVES = 8192
"""Most curves in a block."""
MOST_POINTS = 2**19
"""Most points of a block, all curves together; but a block has at least one curve."""
MOST_LOSSES = 2**24
"""Most losses of a block, if every curve takes all of its steps."""
MOST_PARTS = 32
"""Most parts of a fit, if nothing else is said."""
MOST_STORED_LOSSES = 2**17
"""Most losses of what is stored together (1 MiB); but it has at least one curve."""


def curves_at_once(target: StoredData, steps: int) -> int:
    """Return how many curves a block has."""
    points: int = max(1, target.points // (target.curves or 1))
    return max(1, min(MOST_CURVES, MOST_POINTS // points, MOST_LOSSES // steps))


def parts_of(fit: StoredFit, most: int) -> list[range]:
    """Return the curves of each part of a fit, at most so many parts: about as many whole blocks in each.

    A block is trained by itself, so the results are the same whatever the cut. Nothing is returned for a fit that stays
    whole, as it has one block, or as its curves share parameters.
    """
    target = fit.target
    if not isinstance(target, StoredData) or not target.curves or fit.shared:
        return []
    size = curves_at_once(target, fit.hyperparameters.steps)
    blocks = -(-target.curves // size)
    parts = min(blocks, most)
    if parts <= 1:
        return []
    bounds = [min(number * blocks // parts * size, target.curves) for number in range(parts + 1)]
    return [range(*each) for each in pairwise(bounds)]


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
