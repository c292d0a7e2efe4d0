"""Loss histories in the store: 8 bytes a step, and every hundredth loss once more, for thinning long histories."""

from array import array
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, func, select

from app.jobs.store.records import FitRecord, pack, unpack
from app.jobs.store.tables import fit_losses
from app.jobs.store.thinning import stride_of, thinned_steps

_COARSE = 100
"""Steps between losses that are kept once more; every stride that is at least so long is a multiple of it."""


def _chunks_of(column: Column[bytes]) -> Select[bytes]:
    chunks = select(column).where(_THIS_FIT, fit_losses.c.first_step < bindparam("step"))
    return chunks.order_by(fit_losses.c.first_step)


# Built once: with many small fits, building statements takes longer than carrying them out.
_THIS_FIT = fit_losses.c.fit_number == bindparam("number")
_FIRST_LOSS = select(func.substr(fit_losses.c.losses, 1, 8)).where(_THIS_FIT, fit_losses.c.first_step == 0)
_LOSSES = _chunks_of(fit_losses.c.losses)
_EVERY_HUNDREDTH = _chunks_of(fit_losses.c.every_hundredth)


@dataclass(frozen=True)
class ThinnedHistory:
    """Some rows of a loss history."""

    total: int
    """Number of rows of the whole history."""
    rows: list[tuple[int, float]]
    """Steps and the losses after so many updates."""


def losses_row(fit_number: int, first_step: int, losses: "array[float]") -> dict[str, Any]:
    """Return a row of `fit_losses`: the losses of the steps first_step, first_step + 1, ..."""
    skipped = (_COARSE - 1 - first_step) % _COARSE
    return {
        "fit_number": fit_number,
        "first_step": first_step,
        "losses": pack(losses),
        "every_hundredth": pack(losses[skipped::_COARSE]),
    }


def whole_history(connection: Connection, record: FitRecord) -> "array[float]":
    """Return the losses of the steps 0, 1, ... of a fit, up to the step at which its record was read."""
    losses = unpack(_joined(connection, record, _LOSSES))
    if record.loss is not None:
        losses.append(record.loss)
    return losses


def thinned_history(connection: Connection, record: FitRecord, max_points: int) -> ThinnedHistory:
    """Return at most `max_points` rows of a loss history: the first, the last, and some between, evenly."""
    stride = stride_of(record.step, max_points)
    first = None if stride % _COARSE or record.loss is None else _first_loss(connection, record)
    if first is None or record.loss is None:
        return thinned(whole_history(connection, record), max_points)
    coarse = unpack(_joined(connection, record, _EVERY_HUNDREDTH))
    ends = {0: first, record.step: record.loss}
    steps = thinned_steps(record.step, stride)
    rows = [(step, ends[step] if step in ends else coarse[(step + 1) // _COARSE - 1]) for step in steps]
    return ThinnedHistory(record.step + 1, rows)


def thinned(losses: "array[float]", max_points: int) -> ThinnedHistory:
    """Return at most `max_points` rows of a whole history."""
    if not losses:
        return ThinnedHistory(0, [])
    last = len(losses) - 1
    steps = thinned_steps(last, stride_of(last, max_points))
    return ThinnedHistory(len(losses), [(step, losses[step]) for step in steps])


def _first_loss(connection: Connection, record: FitRecord) -> float | None:
    loss = connection.execute(_FIRST_LOSS, {"number": record.number}).scalar_one_or_none()
    return None if loss is None else unpack(loss)[0]


def _joined(connection: Connection, record: FitRecord, chunks: Select[bytes]) -> bytes:
    return b"".join(connection.execute(chunks, {"number": record.number, "step": record.step}).scalars())
