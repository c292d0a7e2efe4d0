"""What a fit's document says, read in one place."""

from .schemas import Fit

ENDED = frozenset({"succeeded", "failed", "cancelled", "expired"})
"""The states in which nothing changes any more."""


def has_ended(fit: Fit) -> bool:
    """Tell whether nothing will change any more."""
    return fit["status"] in ENDED


def is_of_many(fit: Fit) -> bool:
    """Tell whether the fit has many curves."""
    result = fit["result"]
    counts = fit["progress"].get("curves") if result is None else result.get("curves")
    return counts is not None


def warnings_of(fit: Fit) -> list[str]:
    """Return what should be known of the request, and of the result if there is one, in sentences."""
    result = fit["result"]
    statistics = None if result is None else result.get("statistics")
    return [*fit.get("warnings", ()), *([] if statistics is None else statistics["warnings"])]
