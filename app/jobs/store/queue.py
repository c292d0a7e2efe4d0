"""The side of the store for dispatchers: handing fits to workers, and taking them back."""

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import ColumnElement, Connection, Engine, and_, false, func, or_, select, true, update

from app.jobs.store.attempts import Attempt
from app.jobs.store.database import reading, writing
from app.jobs.store.records import CANCELLED, Ending
from app.jobs.store.tables import fits
from app.schemas.status import UNDER_WAY, Reason, Status

MOST_TOGETHER = 64
"""Most fits that one worker trains together."""


def claim(
    engine: Engine, owner: str, groups: int, together: Callable[[str], bool] = lambda _key: False
) -> list[list[Attempt]]:
    """Claim queued fits for a dispatcher, the oldest first, and return their attempts in up to `groups` groups.

    A group of several fits is trained together: fits of one batch key, of which `together` says that they can be. Fits
    share a group only where one of them would have to wait otherwise: there are `groups` groups, or as many as fits. A
    fit that has been handed out before is a group by itself.
    """
    together = cache(together)
    columns = (fits.c.number, fits.c.batch_key, fits.c.attempt)
    queued = (
        select(*columns)
        .where(fits.c.status == Status.QUEUED.value)
        .order_by(fits.c.number)
        .limit(groups * MOST_TOGETHER)
    )
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
                status=Status.RUNNING.value,
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
    """Batch key, if the fit may be trained together with others of this key."""


def _grouped(rows: Sequence[_Queued], groups: int) -> list[list[int]]:
    """Return the numbers of fits in up to `groups` groups, fits of one key in as many groups as there may be."""
    keys = Counter(row.key for row in rows)
    grouped: list[list[int]] = []
    fillable: dict[str, list[int]] = {}
    for row in rows:
        group = fillable.get(row.key) if row.key is not None else None
        if group is not None and len(group) < min(MOST_TOGETHER, math.ceil(keys[row.key] / groups)):
            group.append(row.number)
        elif len(grouped) < groups:
            grouped.append([row.number])
            if row.key is not None:
                fillable[row.key] = grouped[-1]
    return grouped


def worker_lost(engine: Engine, attempt: Attempt, max_lost_workers: int) -> None:
    """Note that a worker died: queue its fit again, or end the fit if it kills one worker after the other.

    A fit that only waited for the worker is not to blame.
    """
    message = f"the fit lost its worker process {max_lost_workers} times without progress, perhaps for want of memory"
    begun = and_(attempt.is_current, fits.c.begun_attempt == attempt.number)
    poison = and_(begun, fits.c.status == Status.RUNNING.value, fits.c.lost_workers >= max_lost_workers)
    with writing(engine) as connection:
        connection.execute(update(fits).where(begun).values(lost_workers=fits.c.lost_workers + 1))
        failed = Ending.failed(Reason.WORKER_LOST, message).columns(time.time())
        connection.execute(update(fits).where(poison).values(failed))
        _let_go(connection, attempt.is_current)


def release_attempt(engine: Engine, attempt: Attempt) -> None:
    """Queue a fit again, to go on from its checkpoint, without counting a lost worker."""
    with writing(engine) as connection:
        _let_go(connection, attempt.is_current)


def release(engine: Engine, owner: str) -> None:
    """Queue again the fits that a dispatcher has under way, because it stops."""
    with writing(engine) as connection:
        _let_go(connection, fits.c.owner == owner)


def release_orphans(engine: Engine) -> None:
    """Queue again all fits that are under way, because they belong to a service that is no more."""
    with writing(engine) as connection:
        _let_go(connection, true())


def release_silent(engine: Engine, lease_seconds: float) -> None:
    """Queue again the fits of which neither worker nor dispatcher has said anything for `lease_seconds`."""
    with writing(engine) as connection:
        _let_go(connection, fits.c.heartbeat_at < time.time() - lease_seconds)


def renew(engine: Engine, attempts: Collection[Attempt]) -> None:
    """Note that fits are still under way, whose workers are alive but take long for a chunk."""
    current = or_(false(), *(attempt.is_current for attempt in attempts))
    with writing(engine) as connection:
        connection.execute(update(fits).where(current).values(heartbeat_at=time.time()))


@dataclass(frozen=True)
class Overdue:
    """An attempt that did not stop in time, and whether a worker had begun with it."""

    attempt: Attempt
    begun: bool


def cancel_overdue(engine: Engine, owner: str, cancel_seconds: float) -> list[Overdue]:
    """Cancel the fits of a dispatcher that were to stop more than `cancel_seconds` ago, and return them."""
    late = time.time() - cancel_seconds
    overdue = and_(fits.c.owner == owner, fits.c.status == Status.CANCELLING.value, fits.c.cancel_requested_at < late)
    statement = update(fits).where(overdue).values(CANCELLED.columns(time.time()))
    with reading(engine) as connection:
        if connection.execute(select(fits.c.number).where(overdue).limit(1)).first() is None:
            return []
    with writing(engine) as connection:
        rows = connection.execute(statement.returning(fits.c.id, fits.c.attempt, fits.c.begun_attempt))
        return [Overdue(Attempt(fit_id, number), begun == number) for fit_id, number, begun in rows]


def _let_go(connection: Connection, whose: ColumnElement[bool]) -> None:
    under_way = and_(fits.c.status.in_(UNDER_WAY), whose)
    cancelled = update(fits).where(under_way, fits.c.status == Status.CANCELLING.value)
    connection.execute(cancelled.values(CANCELLED.columns(time.time())))
    connection.execute(update(fits).where(under_way).values(status=Status.QUEUED.value, owner=None))
