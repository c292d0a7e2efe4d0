"""Parts of fits of many curves: each is claimed, leased, let go and fenced by itself.

Whoever writes holds the row of the fit first and those of its parts then, so that nobody waits for another in a circle.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from app.jobs.store.attempt import UNDER_WAY, Attempt, PartAttempt
from app.jobs.store.clock import NOW
from app.jobs.store.ends import end_all
from app.jobs.store.news import QUEUED, tell
from app.jobs.store.records import CANCELLED
from app.jobs.store.tables import fit_parts, fits
from app.schemas.status import Status

WAITS, RUNS, HAS_ENDED, IS_LEFT = Status.QUEUED.value, Status.RUNNING.value, "ended", "left"
"""What a part does: its column `status`. One that is left has curves that nobody trains any more."""

# Built once: with many small fits, building statements takes longer than carrying them out.
_PART = fit_parts.c
_OF_FIT = _PART.fit_number == bindparam("fit")
_CUT = insert(fit_parts)
COUNT_WAITING = (
    select(func.count())
    .where(_PART.fit_number == fits.c.number, _PART.status == WAITS)
    .correlate(fits)
    .scalar_subquery()
)
"""The number of parts of a fit that wait to be trained."""
_ANY_RUNS = exists().where(_PART.fit_number == fits.c.number, _PART.status == RUNS)
_TO_TRAIN = (
    select(fits.c.id, fits.c.status)
    .where(fits.c.number == bindparam("fit"), fits.c.status.in_([Status.QUEUED.value, Status.RUNNING.value]))
    # While somebody writes to it, others are handed out.
    .with_for_update(skip_locked=True)
)
_WAITING = select(_PART.part).where(_OF_FIT, _PART.status == WAITS).order_by(_PART.part).limit(bindparam("most"))
_CLAIM = (
    update(fit_parts)
    .where(_OF_FIT, _PART.part.in_(bindparam("parts", expanding=True)))
    .values(status=RUNS, attempt=_PART.attempt + 1, owner=bindparam("by"), heartbeat_at=NOW)
    .returning(_PART.part, _PART.attempt)
)
_IS_NEW = fits.c.status == Status.QUEUED.value
_RUN = (
    update(fits)
    .where(fits.c.number == bindparam("fit"))
    .values(
        status=Status.RUNNING.value,
        attempt=fits.c.attempt + case((_IS_NEW, 1), else_=0),
        started_at=func.coalesce(fits.c.started_at, NOW),
        heartbeat_at=NOW,
    )
)


def _current(fit_id: Any, part: Any, number: Any) -> ColumnElement[bool]:
    of_fit = select(fits.c.number).where(fits.c.id == fit_id, UNDER_WAY).scalar_subquery()
    return and_(_PART.fit_number == of_fit, _PART.part == part, _PART.attempt == number, _PART.status == RUNS)


_HOLD = select(fits.c.number, fits.c.status).where(fits.c.id == bindparam("attempt_of"), UNDER_WAY).with_for_update()
_NUMBER = bindparam("attempt_number", type_=_PART.attempt.type)
_THIS = _current(
    bindparam("attempt_of", type_=fits.c.id.type), bindparam("attempt_part", type_=_PART.part.type), _NUMBER
)
_BEGIN = update(fit_parts).where(_THIS, _PART.begun_attempt < _NUMBER).values(begun_attempt=_NUMBER, heartbeat_at=NOW)
_BEGUN = (
    select(
        *(_PART.first_curve, _PART.curves, _PART.progress, _PART.summary),
        *(fits.c.number, fits.c.request, fits.c.created_at, fits.c.started_at),
    )
    .join(fits, fits.c.number == _PART.fit_number)
    .where(_THIS)
)
_NOTE = (
    update(fit_parts)
    .where(_THIS)
    .values(
        heartbeat_at=NOW,
        lost_workers=0,
        status=bindparam("now"),
        progress=bindparam("reached", type_=_PART.progress.type),
        summary=bindparam("known", type_=_PART.summary.type),
    )
)
_STATUS = select(fits.c.status).join(fit_parts, fits.c.number == _PART.fit_number).where(_THIS)


def cut(connection: Connection, number: int, parts: Sequence[range]) -> None:
    """Write the parts of a new fit, given the curves of each."""
    if parts:
        rows = [
            {"fit_number": number, "part": part, "first_curve": curves.start, "curves": len(curves), "status": WAITS}
            for part, curves in enumerate(parts)
        ]
        connection.execute(_CUT, rows)


def claim(connection: Connection, wanted: Mapping[int, int], owner: str) -> dict[int, list[Attempt]]:
    """Claim up to so many parts of each of these fits, by number, and return their attempts."""
    claimed: dict[int, list[Attempt]] = {}
    for fit in sorted(wanted):
        row = connection.execute(_TO_TRAIN, {"fit": fit}).one_or_none()
        parts = connection.scalars(_WAITING, {"fit": fit, "most": wanted[fit]}).all() if row is not None else []
        if row is not None and parts:
            attempts = connection.execute(_CLAIM, {"fit": fit, "parts": parts, "by": owner}).all()
            connection.execute(_RUN, {"fit": fit})
            claimed[fit] = [PartAttempt(row.id, attempt, part) for part, attempt in sorted(attempts)]
    return claimed


def is_current(attempt: PartAttempt) -> ColumnElement[bool]:
    """Return the condition on a part that no later attempt was made of it, and neither it nor its fit has ended."""
    return _current(*(literal(value) for value in (attempt.fit_id, attempt.part, attempt.number)))


def any_of(attempts: Collection[PartAttempt]) -> ColumnElement[bool]:
    """Return the condition that a part is in one of these attempts."""
    return or_(*(is_current(attempt) for attempt in attempts))


def hold(connection: Connection, attempt: Attempt) -> tuple[int, str] | None:
    """Hold the row of a fit that is under way, and return its number and status; None where it is not."""
    row = connection.execute(_HOLD, {"attempt_of": attempt.fit_id}).one_or_none()
    return None if row is None else (row.number, row.status)


def let_go(connection: Connection, whose: ColumnElement[bool] | None = None, waits: bool = True) -> int:
    """Let those parts wait again that run, of a condition or all, and return how many these are.

    Fits that were to be cancelled, and of which no part runs any more, are cancelled. Unless this `waits`, fits to
    which somebody writes are passed over.
    """
    running = and_(_PART.status == RUNS, true() if whose is None else whose)
    numbers = _held(connection, select(_PART.fit_number).where(running), waits)
    if not numbers:
        return 0
    of_these = _PART.fit_number.in_(numbers)
    waiting = update(fit_parts).where(of_these, running).values(status=WAITS, owner=None)
    count = connection.execute(waiting).rowcount
    cancel_left(connection, numbers)
    none_runs = and_(fits.c.number.in_(numbers), ~_ANY_RUNS)
    left = update(fits).where(none_runs, fits.c.status == Status.RUNNING.value)
    connection.execute(left.values(status=Status.QUEUED.value))
    tell(connection, [QUEUED])
    return count


def leave(connection: Connection, whose: ColumnElement[bool], waits: bool = True) -> int:
    """Leave parts of a condition that run, of fits that are to be cancelled, and return how many these are.

    Unless this `waits`, fits to which somebody writes are passed over.
    """
    cancelling = select(fits.c.number).where(fits.c.status == Status.CANCELLING.value)
    left = and_(_PART.status == RUNS, whose, _PART.fit_number.in_(cancelling))
    numbers = _held(connection, select(_PART.fit_number).where(left), waits)
    if not numbers:
        return 0
    ended = update(fit_parts).where(_PART.fit_number.in_(numbers), left).values(status=IS_LEFT)
    count = connection.execute(ended).rowcount
    cancel_left(connection, numbers)
    return count


def leave_overdue(connection: Connection, owner: str, allowed_seconds: float) -> list[tuple[PartAttempt, bool]]:
    """Leave the parts of a dispatcher whose fits were to stop more than so many seconds ago.

    Returns their attempts, and whether a worker had begun with each.
    """
    late = and_(fits.c.status == Status.CANCELLING.value, fits.c.cancel_requested_at < NOW - allowed_seconds)
    columns = (fits.c.id, _PART.attempt, _PART.part, _PART.begun_attempt)
    of_owner = (_PART.owner == owner, _PART.status == RUNS)
    statement = select(*columns).join(fits, fits.c.number == _PART.fit_number).where(late, *of_owner)
    found = connection.execute(statement).all()
    attempts = [PartAttempt(row.id, row.attempt, row.part) for row in found]
    if attempts:
        # The worker of a fit that stays held is replaced too, whereupon nobody holds it any more.
        leave(connection, any_of(attempts), waits=False)
    return [(attempt, row.begun_attempt == row.attempt) for attempt, row in zip(attempts, found, strict=True)]


def cancel_left(connection: Connection, numbers: Collection[int]) -> None:
    """Cancel those of these fits that are to be cancelled, and of which no part runs any more."""
    cancelling = and_(fits.c.number.in_(numbers), fits.c.status == Status.CANCELLING.value)
    end_all(connection, and_(cancelling, fits.c.parts.is_not(None), ~_ANY_RUNS), CANCELLED)


def _held(connection: Connection, numbers: Select[tuple[int]], waits: bool) -> list[int]:
    """Hold the rows of fits with these numbers, and return the numbers of those that are held."""
    statement = select(fits.c.number).where(fits.c.number.in_(numbers)).order_by(fits.c.number)
    return [*connection.scalars(statement.with_for_update(skip_locked=not waits))]


@dataclass(frozen=True)
class BegunPart:
    """What the tables have of a part that a worker begins."""

    fit_number: int
    curves: range
    stored_request: Mapping[str, Any]
    progress: bytes | None
    summary: dict[str, Any] | None
    queued_seconds: float


def begin(connection: Connection, attempt: PartAttempt) -> BegunPart | None:
    """Begin an attempt; None where it is not current any more, was begun before, or its fit is to be cancelled."""
    leave_cancelled(connection, attempt)
    return begun_part(connection, attempt) if connection.execute(_BEGIN, attempt.named).rowcount else None


def begun_part(connection: Connection, attempt: PartAttempt) -> BegunPart | None:
    """Return what there is of a part; None where the attempt is not current any more."""
    row = connection.execute(_BEGUN, attempt.named).one_or_none()
    if row is None:
        return None
    curves = range(row.first_curve, row.first_curve + row.curves)
    waited = row.started_at - row.created_at
    return BegunPart(row.number, curves, row.request, row.progress, row.summary, waited)


def note(connection: Connection, attempt: PartAttempt, status: str, progress: bytes, summary: dict[str, Any]) -> bool:
    """Write what is known of a part, and tell whether the attempt is current."""
    values = {"now": status, "reached": progress, "known": summary}
    return bool(connection.execute(_NOTE, attempt.named | values).rowcount)


def leave_cancelled(connection: Connection, attempt: PartAttempt) -> bool:
    """Tell whether the fit of a part is to be cancelled, or has ended; the last part that runs cancels it."""
    status = connection.execute(_STATUS, attempt.named).scalar_one_or_none()
    if status == Status.CANCELLING.value:
        leave(connection, is_current(attempt))
    return status != Status.RUNNING.value


def beat(connection: Connection, whose: ColumnElement[bool]) -> int:
    """Note that parts of a condition are still under way, and return how many these are."""
    return connection.execute(update(fit_parts).where(whose).values(heartbeat_at=NOW)).rowcount


def lose(connection: Connection, attempt: PartAttempt, most: int) -> bool:
    """Note that a worker died with a part, and tell whether it has killed too many; else it waits again.

    A part that only waited for the worker is not to blame.
    """
    if hold(connection, attempt) is None:
        return False
    begun = and_(is_current(attempt), _PART.begun_attempt == attempt.number)
    blamed = update(fit_parts).where(begun).values(lost_workers=_PART.lost_workers + 1).returning(_PART.lost_workers)
    lost = connection.execute(blamed).scalar_one_or_none()
    if lost is not None and lost >= most:
        return True
    let_go(connection, is_current(attempt))
    return False
