"""Fits that are kept no longer: their rows stay with status and labels, and what was large goes."""

import time

from sqlalchemy import Connection, Engine, delete, select, update

from app.jobs.store.belongings import are_in_blocks
from app.jobs.store.blocks import remove_blocks
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
    statement = select(fits.c.number, fits.c.id, fits.c.request).where(fits.c.status.in_(_KEPT), ended).limit(_AT_ONCE)
    with reading(engine) as connection:
        rows = connection.execute(statement).all()
    if not rows:
        return False
    with writing(engine, durable=False) as connection:
        for number, _, request in rows:
            _expire(connection, number, request, keep_days)
    for _, fit_id, request in rows:
        if are_in_blocks(request):
            remove_blocks(engine, fit_id)
    return len(rows) == _AT_ONCE


def _expire(connection: Connection, number: int, request: object, keep_days: float) -> None:
    values = {
        "status": Status.EXPIRED.value,
        "message": f"it ended more than {keep_days:g} days ago: its data, result and history are deleted",
        "request": _without_labels(request),
        "result": None,
        "checkpoint": None,
        "loss": None,
    }
    connection.execute(update(fits).where(fits.c.number == number, fits.c.status.in_(_KEPT)).values(values))
    for table in (fit_arrays, fit_losses, fit_curves):
        connection.execute(delete(table).where(table.c.fit_number == number))


def _without_labels(request: object) -> object:
    """Return a stored request without the labels of its curves, which an older version kept in the row."""
    if not isinstance(request, dict) or not isinstance(request.get("target"), dict):
        return request
    target = request["target"]
    return {**request, "target": {**target, "labels": None}} if "labels" in target else request
