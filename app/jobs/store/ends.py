"""How fits have ended, for many at once."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Engine, bindparam, select

from app.jobs.store.database import reading
from app.jobs.store.tables import fits
from app.schemas.status import ENDED


@dataclass(frozen=True)
class End:
    """The end of a fit."""

    fit_id: str
    status: str
    reason: str
    training_seconds: float
    """Seconds of its steps, all attempts together."""


# Built once: with many small fits, building statements takes longer than carrying them out.
_ENDS = select(
    fits.c.id, fits.c.status, fits.c.reason, fits.c.result["timings"]["training"].as_float().label("seconds")
).where(
    fits.c.id.in_(bindparam("fit_ids", expanding=True)),
    fits.c.status.in_([status.value for status in ENDED]),
)


def ends_of(engine: Engine, fit_ids: Collection[str]) -> list[End]:
    """Return the ends of those of these fits that have ended and are not deleted."""
    with reading(engine) as connection:
        rows = connection.execute(_ENDS, {"fit_ids": list(fit_ids)}).all()
    return [End(row.id, row.status, row.reason or "", row.seconds or 0.0) for row in rows]
