"""What a kind of problem is."""

from dataclasses import dataclass

PROBLEMS_PATH = "/problems"
"""Address of the pages, and beginning of each `type`."""


@dataclass(frozen=True)
class ProblemKind:
    """A kind of problem, as its page explains it."""

    slug: str
    """Its name in addresses; it never changes."""
    title: str
    """The kind in a few words, the same in each document."""
    status: int
    """HTTP status."""
    detail: str
    """The detail of a document that has nothing more exact to say; an example of a detail for all others."""
    meaning: str
    """What happened."""
    remedy: str
    """What the client can do."""

    @property
    def type(self) -> str:
        """Return the `type` of a problem document: path of the page, without host and without the path of a proxy."""
        return f"{PROBLEMS_PATH}/{self.slug}"
