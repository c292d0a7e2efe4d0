"""Loss histories in the store: 8 bytes a step, and every hundredth loss once more, for thinning long histories."""

from array import array
from collections.abc import Iterator
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
_LOSS = select(func.substr(fit_losses.c.losses, bindparam("byte"), 8)).where(
    _THIS_FIT, fit_losses.c.first_step == bindparam("first_step")
)
_LOSSES = _chunks_of(fit_losses.c.losses)
_EVERY_HUNDREDTH = _chunks_of(fit_losses.c.every_hundredth)


def _chunks_since(column: Column[bytes]) -> Select[int, bytes]:
    begun = select(func.max(fit_losses.c.first_step)).where(_THIS_FIT, fit_losses.c.first_step <= bindparam("since"))
    chunks = select(fit_losses.c.first_step, column).where(
        _THIS_FIT, fit_losses.c.first_step >= begun.scalar_subquery(), fit_losses.c.first_step < bindparam("step")
    )
    return chunks.order_by(fit_losses.c.first_step)


_LOSSES_SINCE = _chunks_since(fit_losses.c.losses)
_EVERY_HUNDREDTH_SINCE = _chunks_since(fit_losses.c.every_hundredth)


@dataclass(frozen=True)
class ThinnedHistory:
    """Some rows of a loss history."""

    total: int
    """Number of rows of the whole history."""
    rows: list[tuple[int, float]]
    """Steps and the losses after so many updates."""


def losses_row(fit_number: int, first_step: int, losses: "array[float]") -> dict[str, Any]:
    """Return a row of `fit_losses`: the losses of the steps first_step, first_step + 1, ..."""
    return {
        "fit_number": fit_number,
        "first_step": first_step,
        "losses": pack(losses),
        "every_hundredth": pack(losses[_skipped(first_step) :: _COARSE]),
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


def losses_since(connection: Connection, record: FitRecord, first: int, max_points: int) -> list[tuple[int, float]]:
    """Return at most `max_points` (at least 3) of the losses of the steps first, first + 1, ... up to that of a record.

    The first and the last are among them.
    """
    if first > record.step:
        return []
    stride = stride_of(record.step - first, max_points - 1)
    rows = _coarse_since(connection, record, first) if stride % _COARSE == 0 else _fine_since(connection, record, first)
    some = [(step, loss) for step, loss in rows if step == first or (step > first and (step + 1) % stride == 0)]
    return some if record.loss is None else [*some, (record.step, record.loss)]


def _fine_since(connection: Connection, record: FitRecord, first: int) -> Iterator[tuple[int, float]]:
    parameters = {"number": record.number, "since": first, "step": record.step}
    for begin, losses in connection.execute(_LOSSES_SINCE, parameters):
        known = max(first - begin, 0)
        yield from enumerate(unpack(losses[8 * known :]), begin + known)


def _coarse_since(connection: Connection, record: FitRecord, first: int) -> Iterator[tuple[int, float]]:
    parameters = {"number": record.number, "since": first, "step": record.step}
    for index, (begin, losses) in enumerate(connection.execute(_EVERY_HUNDREDTH_SINCE, parameters).all()):
        loss = _loss_at(connection, record, begin, first) if index == 0 else None
        if loss is not None:
            yield first, loss
        for place, coarse in enumerate(unpack(losses)):
            step = begin + _skipped(begin) + place * _COARSE
            if step > first:
                yield step, coarse


def _skipped(first_step: int) -> int:
    """Return how many losses of a chunk stand before the first that is kept once more."""
    return (_COARSE - 1 - first_step) % _COARSE


def _first_loss(connection: Connection, record: FitRecord) -> float | None:
    return _loss_at(connection, record, 0, 0)


def _loss_at(connection: Connection, record: FitRecord, first_step: int, step: int) -> float | None:
    """Return the loss of a step in the chunk that begins with `first_step`; None where it has not got it."""
    place = {"number": record.number, "first_step": first_step, "byte": 1 + 8 * (step - first_step)}
    loss = connection.execute(_LOSS, place).scalar_one_or_none()
    return unpack(loss)[0] if loss else None


def _joined(connection: Connection, record: FitRecord, chunks: Select[bytes]) -> bytes:
    return b"".join(connection.execute(chunks, {"number": record.number, "step": record.step}).scalars())
