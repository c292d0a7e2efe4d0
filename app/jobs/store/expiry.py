"""Fits that are kept no longer: their rows stay with status and labels, and what was large goes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, bindparam, delete, select, update

from app.jobs.errors import FitDamagedError
from app.jobs.store.blocks import remove_blocks
from app.jobs.store.clock import NOW
from app.jobs.store.damage import readable
from app.jobs.store.database import reading, writing
from app.jobs.store.retries import retried
from app.jobs.store.tables import fit_arrays, fit_curves, fit_losses, fits
from app.schemas.status import ENDED, Status

_AT_ONCE = 16
"""Fits that expire in one transaction."""
_LOOKED_AT_ONCE = 500
SECONDS_A_DAY = 86_400
_KEPT = [status for status in ENDED if status is not Status.EXPIRED]
_NEXT = (
    select(fits.c.number, fits.c.id, fits.c.created_at, fits.c.finished_at)
    .where(fits.c.status == bindparam("status"), fits.c.number > bindparam("after"))
    .order_by(fits.c.number)
    .limit(_LOOKED_AT_ONCE)
)


class _Ended(NamedTuple):
    number: int
    id: str
    created_at: float
    finished_at: float


def expire(engine: Engine, keep_days: float) -> bool:
    """Let some fits expire that ended more than `keep_days` ago, and tell whether there may be more."""
    with reading(engine) as connection:
        now = connection.execute(select(NOW)).scalar_one()
        due = [*islice(_ended_before(connection, now - keep_days * SECONDS_A_DAY), _AT_ONCE)]
    if not due:
        return False
    _expire_together(engine, [fit.number for fit in due], now, keep_days)
    for fit in due:
        remove_blocks(engine, fit.id)
    return len(due) == _AT_ONCE


def _ended_before(connection: Connection, before: float) -> Iterator[_Ended]:
    """Yield fits that ended before a time, in seconds since 1970 UTC; only those created before it are looked at."""
    for status in _KEPT:
        after = 0
        while True:
            rows = [_Ended(*row) for row in connection.execute(_NEXT, {"status": status.value, "after": after})]
            yield from (row for row in rows if _is_before(row.finished_at, before))
            if len(rows) < _LOOKED_AT_ONCE or not _is_before(rows[-1].created_at, before):
                break
            after = rows[-1].number


def _is_before(moment: object, before: float) -> bool:
    # What a damaged row has there may be anything.
    return isinstance(moment, float) and moment < before


@retried
def _expire_together(engine: Engine, numbers: Sequence[int], now: float, keep_days: float) -> None:
    with writing(engine, durable=False) as connection:
        for number in numbers:
            _expire(connection, number, now, keep_days)


def _expire(connection: Connection, number: int, now: float, keep_days: float) -> None:
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
    values: dict[str, Any] = {
        "status": Status.EXPIRED.value,
        "message": f"it expired at {moment}, {keep_days:g} days after its end: data, result and history are deleted",
        "result": None,
        "checkpoint": None,
        "loss": None,
    }
    # A row that is damaged expires as it is.
    with suppress(FitDamagedError), readable():
        request = connection.execute(select(fits.c.request).where(fits.c.number == number)).scalar_one()
        values["request"] = {**request, "target": _without_labels(request["target"])}
    kept = fits.c.status.in_([status.value for status in _KEPT])
    connection.execute(update(fits).where(fits.c.number == number, kept).values(values))
    for table in (fit_arrays, fit_losses, fit_curves):
        connection.execute(delete(table).where(table.c.fit_number == number))


def _without_labels(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored target without the labels of its curves, which may stand in the row."""
    return {**target, "labels": None} if "labels" in target else dict(target)
