"""Links: whoever has one may read the one fit that it is of, until it ends."""

from dataclasses import dataclass

PREFIX = "fsl_"
"""The beginning of the secrets of links."""


@dataclass(frozen=True)
class Link:
    """A link as it is kept: without its secret."""

    number: int
    fit_id: str
    caller: str
    """The caller whose fit it is."""
    created_at: float
    """Seconds since 1970 UTC."""
    ends_at: float
    """Seconds since 1970 UTC."""
