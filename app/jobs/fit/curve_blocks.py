"""The blocks of curves in which a worker trains a fit of many."""

from app.jobs.data.columns import StoredData

MOST_CURVES = 8192
"""Most curves in a block."""
MOST_POINTS = 2**19
"""Most points of a block, all curves together; but a block has at least one curve."""
MOST_LOSSES = 2**24
"""Most losses of a block, if every curve takes all of its steps."""


def curves_at_once(target: StoredData, steps: int) -> int:
    """Return how many curves a block has."""
    points: int = max(1, target.points // (target.curves or 1))
    return max(1, min(MOST_CURVES, MOST_POINTS // points, MOST_LOSSES // steps))
