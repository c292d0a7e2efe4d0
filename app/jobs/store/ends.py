"""The ends of fits: written, each with the delivery that it asks for, and read for many at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, delete, select, update

from app.jobs.store.clock import NOW
from app.jobs.store.database import asking
from app.jobs.store.deliveries import add_deliveries
from app.jobs.store.news import tell
from app.jobs.store.records import Ending
from app.jobs.store.tables import fit_parts, fits
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


def end_all(
    connection: Connection, whose: ColumnElement[bool], ending: Ending, named: Mapping[str, Any] | None = None
) -> Sequence[Row[Any]]:
    """End the fits of a condition, with what it takes by name, and return their ids, attempts and begun attempts."""
    ended = connection.execute(
        update(fits)
        .where(whose)
        .values(**ending.columns(), finished_at=NOW)
        .returning(fits.c.id, fits.c.attempt, fits.c.begun_attempt, fits.c.number, fits.c.webhook, fits.c.parts),
        dict(named or {}),
    ).all()
    cut = [fit.number for fit in ended if fit.parts is not None]
    if cut:
        remove_parts(connection, cut)
    add_deliveries(connection, [fit.number for fit in ended if fit.webhook is not None])
    tell(connection, [fit.id for fit in ended])
    return ended


def remove_parts(connection: Connection, numbers: Collection[int]) -> None:
    """Delete what was kept of the parts of fits with these numbers, which have ended."""
    connection.execute(delete(fit_parts).where(fit_parts.c.fit_number.in_(numbers)))


def ends_of(engine: Engine, fit_ids: Collection[str]) -> list[End]:
    """Return the ends of those of these fits that have ended and are not deleted."""
    with asking(engine) as connection:
        rows = connection.execute(_ENDS, {"fit_ids": list(fit_ids)}).all()
    return [End(row.id, row.status, row.reason or "", row.seconds or 0.0) for row in rows]
