"""Handing fits to workers, and what the workers write.

An attempt is one handing of a fit to a worker. Its number grows with each, and a write with an old number changes
nothing: a worker that was believed dead and comes back can't overwrite what its successor wrote.
"""

import math
import time
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    and_,
    case,
    false,
    func,
    insert,
    null,
    or_,
    select,
    true,
    update,
)

from app.jobs.database import reading, writing
from app.jobs.histories import losses_row
from app.jobs.records import CANCELLED, UNDER_WAY, Ending
from app.jobs.store import arrays_of
from app.jobs.tables import fit_curves, fit_losses, fits


@dataclass(frozen=True)
class Attempt:
    """A fit in the hands of one worker."""

    fit_id: str
    number: int

    @property
    def is_current(self) -> ColumnElement[bool]:
        """The fence: true of the fit's row as long as no later attempt was made and the fit has not ended."""
        return and_(fits.c.id == self.fit_id, fits.c.attempt == self.number, fits.c.status.in_(UNDER_WAY))


@dataclass(frozen=True)
class Work:
    """What a worker needs to start an attempt or to go on from the last checkpoint."""

    fit_number: int
    request: dict[str, Any]
    arrays: dict[str, "array[float]"]
    checkpoint: bytes | None
    result: dict[str, Any] | None
    """Of the last chunk, if an earlier attempt came so far."""
    batch_key: str | None
    timings: dict[str, float]
    """Seconds, as far as earlier attempts came; `queued` always."""


@dataclass(frozen=True)
class ChunkReport:
    """What a worker has to say after a chunk."""

    first_step: int
    losses: "array[float]"
    step: int
    loss: float | None
    checkpoint: bytes
    result: dict[str, Any] | None
    ending: Ending | None
    block: "CurveBlock | None" = None
    """Of a fit of many curves: those that ended."""


@dataclass(frozen=True)
class CurveBlock:
    """Results of some curves of a fit, as the store has them."""

    first_curve: int
    curves: int
    results: bytes
    losses: bytes


MOST_TOGETHER = 64
"""Fits that one worker trains together."""


def claim(
    engine: Engine, owner: str, groups: int, together: Callable[[str], bool] = lambda _key: False
) -> list[list[Attempt]]:
    """Make the next attempts of queued fits, the oldest first, in the name of a dispatcher, in up to so many groups.

    Fits of one batch key are trained together if `together` says so of it, and when they wait anyway: there are never
    fewer groups than there are fits for. One that has been handed out before is left alone.
    """
    columns = (fits.c.number, fits.c.batch_key, fits.c.attempt)
    queued = select(*columns).where(fits.c.status == "queued").order_by(fits.c.number).limit(groups * MOST_TOGETHER)
    with reading(engine) as connection:
        # It waits for no lock, and most looks find nothing.
        if connection.execute(queued.limit(1)).first() is None:
            return []
    with writing(engine) as connection:
        rows = [
            _Queued(number, key if attempt == 0 and key is not None and together(key) else None)
            for number, key, attempt in connection.execute(queued.with_for_update(skip_locked=True))
        ]
        grouped = _grouped(rows, groups)
        numbers = [number for group in grouped for number in group]
        now = time.time()
        statement = (
            update(fits)
            .where(fits.c.number.in_(numbers))
            .values(
                status="running",
                attempt=fits.c.attempt + 1,
                owner=owner,
                heartbeat_at=now,
                started_at=func.coalesce(fits.c.started_at, now),
            )
            .returning(fits.c.number, fits.c.id, fits.c.attempt)
        )
        claimed = {number: Attempt(fit_id, attempt) for number, fit_id, attempt in connection.execute(statement)}
        return [[claimed[number] for number in group] for group in grouped]


@dataclass(frozen=True)
class _Queued:
    number: int
    key: str | None
    """Of fits that may be trained together."""


def _grouped(rows: Sequence[_Queued], groups: int) -> list[list[int]]:
    """Numbers of fits in up to so many groups, fits of one key spread over as many as there may be."""
    keys = Counter(row.key for row in rows)
    found: list[list[int]] = []
    fillable: dict[str, list[int]] = {}
    for row in rows:
        group = fillable.get(row.key) if row.key is not None else None
        if group is not None and len(group) < min(MOST_TOGETHER, math.ceil(keys[row.key] / groups)):
            group.append(row.number)
        elif len(found) < groups:
            found.append([row.number])
            if row.key is not None:
                fillable[row.key] = found[-1]
    return found


def begin(engine: Engine, attempt: Attempt) -> Work | None:
    """What to work on; None if the attempt is not current any more, or was begun before: it must not run twice."""
    (work,) = begin_together(engine, [attempt])
    return work


def begin_together(engine: Engine, attempts: Sequence[Attempt]) -> list[Work | None]:
    """The same for several attempts in one transaction."""
    with writing(engine) as connection:
        return [_begin(connection, attempt) for attempt in attempts]


def _begin(connection: Connection, attempt: Attempt) -> Work | None:
    columns = [fits.c[name] for name in ("number", "request", "batch_key", "checkpoint", "result")]
    columns += [fits.c.created_at, fits.c.started_at]
    not_begun = fits.c.begun_attempt < attempt.number
    statement = update(fits).where(attempt.is_current, not_begun).values(begun_attempt=attempt.number)
    row = connection.execute(statement.returning(*columns)).one_or_none()
    if row is None:
        return None
    before = row.result["timings"] if row.result else {"building": 0.0, "training": 0.0}
    timings = {**before, "queued": row.started_at - row.created_at}
    arrays = arrays_of(connection, row.number)
    return Work(row.number, row.request, arrays, row.checkpoint, row.result, row.batch_key, timings)


def report_chunk(engine: Engine, attempt: Attempt, fit_number: int, report: ChunkReport) -> bool:
    """Heartbeat, progress, checkpoint, fence and stop in one statement; True if the worker is to go on.

    A fit that is to be cancelled becomes cancelled here, at the end of its chunk.
    """
    (goes_on,) = report_chunks(engine, [(attempt, fit_number, report)])
    return goes_on


def report_chunks(engine: Engine, reports: Sequence[tuple[Attempt, int, ChunkReport]]) -> list[bool]:
    """The same for several fits in one transaction."""
    with writing(engine) as connection:
        return [_report(connection, *report) for report in reports]


def _report(connection: Connection, attempt: Attempt, fit_number: int, report: ChunkReport) -> bool:
    now = time.time()
    cancelling = fits.c.status == "cancelling"
    values: dict[str, Any] = {
        "heartbeat_at": now,
        "step": report.step,
        "loss": report.loss,
        "result": report.result,
        "checkpoint": case((cancelling, null()), else_=report.checkpoint),
        "lost_workers": 0,
        "status": case((cancelling, "cancelled"), else_="running"),
        "reason": case((cancelling, CANCELLED.reason)),
        "message": case((cancelling, CANCELLED.message)),
        "finished_at": case((cancelling, now)),
    }
    if report.ending is not None:
        values |= report.ending.columns(now)
    statement = update(fits).where(attempt.is_current).values(values).returning(fits.c.status)
    status: str | None = connection.execute(statement).scalar_one_or_none()
    if status is not None and report.losses:
        connection.execute(insert(fit_losses), losses_row(fit_number, report.first_step, report.losses))
    if status is not None and report.block is not None:
        connection.execute(insert(fit_curves), {"fit_number": fit_number, **asdict(report.block)})
    return status == "running"


def heartbeat(engine: Engine, attempt: Attempt) -> bool:
    """The worker is alive, before its first chunk or after its last; True if it is to go on.

    A fit that is to be cancelled becomes cancelled here.
    """
    now = time.time()
    stopped = update(fits).where(attempt.is_current, fits.c.status == "cancelling").values(CANCELLED.columns(now))
    beating = update(fits).where(attempt.is_current).values(heartbeat_at=now).returning(fits.c.status)
    with writing(engine) as connection:
        connection.execute(stopped)
        return connection.execute(beating).scalar_one_or_none() is not None


def end(engine: Engine, attempt: Attempt, ending: Ending) -> None:
    """End a fit without a further chunk; what the last chunk reported stays."""
    with writing(engine) as connection:
        connection.execute(update(fits).where(attempt.is_current).values(ending.columns(time.time())))


def worker_lost(engine: Engine, attempt: Attempt, max_lost_workers: int) -> None:
    """The worker died: queue the fit again from its checkpoint, or end it if it kills one worker after the other.

    A fit that only waited for the worker is not to blame.
    """
    message = f"the fit lost its worker process {max_lost_workers} times without progress, perhaps for want of memory"
    begun = and_(attempt.is_current, fits.c.begun_attempt == attempt.number)
    poison = and_(begun, fits.c.status == "running", fits.c.lost_workers >= max_lost_workers)
    with writing(engine) as connection:
        connection.execute(update(fits).where(begun).values(lost_workers=fits.c.lost_workers + 1))
        failed = Ending.failed("worker_lost", message).columns(time.time())
        connection.execute(update(fits).where(poison).values(failed))
        _let_go(connection, attempt.is_current)


def release_attempt(engine: Engine, attempt: Attempt) -> None:
    """Queue a fit again from its checkpoint; nobody is to blame."""
    with writing(engine) as connection:
        _let_go(connection, attempt.is_current)


def release(engine: Engine, owner: str) -> None:
    """Queue again what a dispatcher has under way: it stops."""
    with writing(engine) as connection:
        _let_go(connection, fits.c.owner == owner)


def release_orphans(engine: Engine) -> None:
    """Queue again all that is under way: it belongs to a service that is no more."""
    with writing(engine) as connection:
        _let_go(connection, true())


def release_silent(engine: Engine, lease_seconds: float) -> None:
    """Queue again what neither its worker nor its dispatcher has reported on for `lease_seconds`."""
    with writing(engine) as connection:
        _let_go(connection, fits.c.heartbeat_at < time.time() - lease_seconds)


def renew(engine: Engine, attempts: Collection[Attempt]) -> None:
    """The dispatcher's heartbeat for fits whose workers are alive but long at one chunk."""
    current = or_(false(), *(attempt.is_current for attempt in attempts))
    with writing(engine) as connection:
        connection.execute(update(fits).where(current).values(heartbeat_at=time.time()))


@dataclass(frozen=True)
class Overdue:
    """An attempt that did not stop in time, and whether a worker had begun with it."""

    attempt: Attempt
    begun: bool


def cancel_overdue(engine: Engine, owner: str, cancel_seconds: float) -> list[Overdue]:
    """Cancel the fits of a dispatcher that were to stop more than `cancel_seconds` ago, and name them."""
    late = time.time() - cancel_seconds
    overdue = and_(fits.c.owner == owner, fits.c.status == "cancelling", fits.c.cancel_requested_at < late)
    statement = update(fits).where(overdue).values(CANCELLED.columns(time.time()))
    with reading(engine) as connection:
        if connection.execute(select(fits.c.number).where(overdue).limit(1)).first() is None:
            return []
    with writing(engine) as connection:
        rows = connection.execute(statement.returning(fits.c.id, fits.c.attempt, fits.c.begun_attempt))
        return [Overdue(Attempt(fit_id, number), begun == number) for fit_id, number, begun in rows]


def _let_go(connection: Connection, whose: ColumnElement[bool]) -> None:
    under_way = and_(fits.c.status.in_(UNDER_WAY), whose)
    cancelled = update(fits).where(under_way, fits.c.status == "cancelling")
    connection.execute(cancelled.values(CANCELLED.columns(time.time())))
    connection.execute(update(fits).where(under_way).values(status="queued", owner=None))
