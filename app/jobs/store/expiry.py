"""Fits that are kept no longer: their rows stay with status and labels, and what was large goes."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from app.jobs.errors import FitDamagedError
from app.jobs.store.blocks import remove_blocks
from app.jobs.store.damage import readable
from app.jobs.store.database import reading, writing
from app.jobs.store.tables import fit_arrays, fit_curves, fit_losses, fits
from app.schemas.status import ENDED, Status

_AT_ONCE = 16
"""Fits that expire in one transaction."""
SECONDS_A_DAY = 86_400
_KEPT = [status.value for status in ENDED if status is not Status.EXPIRED]


def expire(engine: Engine, keep_days: float) -> bool:
    """Let some fits expire that ended more than `keep_days` ago, and tell whether there may be more."""
    ended = fits.c.finished_at < time.time() - keep_days * SECONDS_A_DAY
    statement = select(fits.c.number, fits.c.id).where(fits.c.status.in_(_KEPT), ended).limit(_AT_ONCE)
    with reading(engine) as connection:
        expiring = connection.execute(statement).all()
    if not expiring:
        return False
    with writing(engine, durable=False) as connection:
        for number, _ in expiring:
            _expire(connection, number, keep_days)
    for _, fit_id in expiring:
        remove_blocks(engine, fit_id)
    return len(expiring) == _AT_ONCE


def _expire(connection: Connection, number: int, keep_days: float) -> None:
    values: dict[str, Any] = {
        "status": Status.EXPIRED.value,
        "message": f"it ended more than {keep_days:g} days ago: its data, result and history are deleted",
        "result": None,
        "checkpoint": None,
        "loss": None,
    }
    # A row that is damaged expires as it is.
    with suppress(FitDamagedError), readable():
        request = connection.execute(select(fits.c.request).where(fits.c.number == number)).scalar_one()
        values["request"] = {**request, "target": _without_labels(request["target"])}
    connection.execute(update(fits).where(fits.c.number == number, fits.c.status.in_(_KEPT)).values(values))
    for table in (fit_arrays, fit_losses, fit_curves):
        connection.execute(delete(table).where(table.c.fit_number == number))


def _without_labels(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored target without the labels of its curves, which may stand in the row."""
    return {**target, "labels": None} if "labels" in target else dict(target)
