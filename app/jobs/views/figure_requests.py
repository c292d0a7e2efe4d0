"""What a figure is asked to show, and what its fits are called there."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord


@dataclass(frozen=True)
class Wanted:
    """What the figure of a fit is to show."""

    curve: int | None
    label: str | None
    level: float
    bands: Sequence[str]
    residuals: bool
    summary: bool
    offset: int
    """How many curves are passed over, in a figure of many."""
    limit: int


def titles_of(store: Store, records: Sequence[FitRecord]) -> list[str]:
    """Return the title of each fit, its id where it has none."""
    known = store.metadata([record.number for record in records])
    return [known[record.number].get("title") or record.id for record in records]
