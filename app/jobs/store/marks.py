"""Marks of fits: a few columns that tell whether anything that clients are shown of a fit has changed."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Engine, bindparam, select

from app.jobs.store.database import asking
from app.jobs.store.tables import fits
from app.schemas.status import UNDER_WAY


class Mark(NamedTuple):
    """A mark of a fit: with each report of a worker, and with each change of status, it is another one."""

    status: str
    attempt: int
    step: int
    heartbeat_at: float | None

    @property
    def is_under_way(self) -> bool:
        """Tell whether a worker has the fit."""
        return self.status in UNDER_WAY


MARK_COLUMNS = [fits.c[name] for name in Mark._fields]

# Built once: building it takes longer than carrying it out.
_MARKS = select(fits.c.id, *MARK_COLUMNS).where(fits.c.id.in_(bindparam("fit_ids", expanding=True)))


def marks_of(engine: Engine, fit_ids: Collection[str]) -> dict[str, Mark]:
    """Return the marks of those of these fits that are there, whoever they belong to."""
    with asking(engine) as connection:
        rows = connection.execute(_MARKS, {"fit_ids": list(fit_ids)}).all()
    return {row[0]: Mark(*row[1:]) for row in rows}
