"""The target of a stored fit on the wire: as it came, or a summary of data that are too many."""

from app.jobs.data.columns import StoredData, reading_of
from app.schemas.response import DataTargetSummary
from app.schemas.target import FunctionTarget

MOST_ECHOED = 100_000
"""Most points that an answer with a fit repeats; larger data are read at an address of their own."""
MOST_CURVES_ECHOED = 10_000
"""Most curves whose data it repeats: each may have a label."""


def is_echoed(target: FunctionTarget | StoredData) -> bool:
    """Tell whether a fit with this target answers with its data."""
    if not isinstance(target, StoredData):
        return False
    return target.points <= MOST_ECHOED and (target.curves or 0) <= MOST_CURVES_ECHOED


def summary(target: FunctionTarget | StoredData) -> FunctionTarget | DataTargetSummary:
    """Return a target without its data."""
    if not isinstance(target, StoredData):
        return target
    return DataTargetSummary(
        points=target.points, curves=target.curves, missing=target.missing, reading=reading_of(target)
    )
