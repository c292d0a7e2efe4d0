"""The target of a stored fit on the wire: as it came, or a summary of data that are too many."""

from app.jobs.data.columns import StoredData
from app.schemas.response import DataTargetSummary
from app.schemas.target import FunctionTarget

MOST_ECHOED = 100_000
"""Most points that an answer with a fit repeats; larger data are read at an address of their own."""


def is_echoed(target: FunctionTarget | StoredData) -> bool:
    """Tell whether a fit with this target answers with its data."""
    return isinstance(target, StoredData) and target.points <= MOST_ECHOED


def summary(target: FunctionTarget | StoredData) -> FunctionTarget | DataTargetSummary:
    """Return a target without its data."""
    return DataTargetSummary(points=target.points) if isinstance(target, StoredData) else target
