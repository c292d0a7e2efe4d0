"""The side of the store for dispatchers: handing fits to workers, and taking them back."""

import math
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, false, func, or_, select, update

from app.jobs.store import parts
from app.jobs.store.attempt import UNDER_WAY, Attempt, PartAttempt
from app.jobs.store.clock import NOW
from app.jobs.store.database import asking, may_crash_alone, writing
from app.jobs.store.ends import end_all
from app.jobs.store.news import QUEUED, tell
from app.jobs.store.records import CANCELLED, Ending
from app.jobs.store.retries import retried
from app.jobs.store.tables import fit_parts, fits
from app.jobs.store.turns import Queued, Turns
from app.schemas.status import Reason, Status

MOST_FITS = 64
"""Most fits in a handful."""
MOST_SECONDS = 0.05
"""Most seconds of expected work in a handful of several fits."""
_MOST_TRIES = 4
"""Looks at the queue one after another, where others are faster with all that is found there."""
_MOST_NAMED = 200
"""Most attempts that a statement names: SQLite takes no deeper expression than one of 1,000."""
_PAUSE_SECONDS = 0.005
"""About the time in which another dispatcher has claimed what it found."""

# Built once: with many small fits, building statements takes longer than carrying them out.
_IS_QUEUED = fits.c.status == Status.QUEUED.value
# Another dispatcher may be claiming some of them: it gets these, and nobody waits for it.
_FREE = (
    select(fits.c.number)
    .where(fits.c.number.in_(bindparam("numbers", expanding=True)), _IS_QUEUED)
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    update(fits)
    .where(fits.c.number.in_(_FREE), _IS_QUEUED)
    .values(
        status=Status.RUNNING.value,
        attempt=fits.c.attempt + 1,
        owner=bindparam("by"),
        heartbeat_at=NOW,
        started_at=func.coalesce(fits.c.started_at, NOW),
    )
    .returning(fits.c.number, fits.c.id, fits.c.attempt)
)
_IS_LATE = and_(
    fits.c.status == Status.CANCELLING.value,
    fits.c.cancel_requested_at < NOW - bindparam("allowed_seconds", type_=fits.c.cancel_requested_at.type),
)
_IS_OVERDUE = and_(fits.c.owner == bindparam("by"), _IS_LATE)
# Any that is late: its parts have the owners.
_FIRST_OVERDUE = select(fits.c.number).where(_IS_LATE).limit(1)


def claim(engine: Engine, owner: str, workers: int, turns: Turns, devices: Collection[str] = ()) -> list[list[Attempt]]:
    """Claim queued fits for a dispatcher, in turn, and return their attempts in a handful for each worker.

    The workers have these devices beside the processor.

    Fits share a handful only where one of them would have to wait otherwise, and only as long as all of it is little
    work. A fit that has been handed out before, or of which nobody knows what work it is, is a handful by itself.
    """
    for _ in range(_MOST_TRIES):
        queued, handfuls = _claim(engine, owner, workers, turns, devices)
        if handfuls or not queued:
            break
        time.sleep(_PAUSE_SECONDS)
    return handfuls


@retried
def _claim(
    engine: Engine, owner: str, workers: int, turns: Turns, devices: Collection[str]
) -> tuple[bool, list[list[Attempt]]]:
    """Tell whether any fit is queued, and return the attempts of those that could be claimed in handfuls."""
    with asking(engine) as connection:
        # It waits for no lock, and most looks find nothing.
        queued = turns.oldest(connection, workers * MOST_FITS, devices)
    if not queued:
        return False, []
    handfuls = _handfuls(queued, workers)
    chosen = [fit for handful in handfuls for fit in handful]
    whole = [fit.number for fit in chosen if fit.parts is None]
    in_parts = Counter(fit.number for fit in chosen if fit.parts is not None)
    with writing(engine, durable=may_crash_alone(engine)) as connection:
        rows = connection.execute(_CLAIM, {"numbers": whole, "by": owner}) if whole else ()
        claimed = {number: [Attempt(fit_id, attempt)] for number, fit_id, attempt in rows}
        claimed |= parts.claim(connection, in_parts, owner)
    turns.serve(fit.turn for fit in queued if fit.number in claimed)
    # What was cancelled meanwhile, or claimed by another dispatcher, is left out.
    attempts = [[claimed[fit.number].pop(0) for fit in handful if claimed.get(fit.number)] for handful in handfuls]
    return True, [handful for handful in attempts if handful]


def _expected_seconds(fit: Queued) -> float:
    # One damaged row must not stop the others: what is no number is nobody's expectation.
    # A handful of which one fit can't even be begun comes back whole: it would come back for ever.
    known = fit.attempt == 0 and fit.parts is None and isinstance(fit.expected_seconds, float)
    return fit.expected_seconds if known and fit.expected_seconds is not None else math.inf


def _handfuls(queued: Sequence[Queued], workers: int) -> list[list[Queued]]:
    """Return fits in up to `workers` handfuls of about the same expected work."""
    handfuls: list[list[Queued]] = []
    seconds: list[float] = []
    for fit in queued:
        of_fit = _expected_seconds(fit)
        if len(handfuls) < workers:
            handfuls.append([fit])
            seconds.append(of_fit)
            continue
        least = min(range(workers), key=seconds.__getitem__)
        # What finds no room stays queued, and is the first to get a worker for itself.
        if len(handfuls[least]) < MOST_FITS and seconds[least] + of_fit <= MOST_SECONDS:
            handfuls[least].append(fit)
            seconds[least] += of_fit
    return handfuls


@retried
def worker_lost(engine: Engine, attempt: Attempt, max_lost_workers: int) -> bool:
    """Note that a worker died: queue its fit again, or end the fit if it kills one worker after the other.

    A fit that only waited for the worker is not to blame. Of a part, tell whether it is to be given up instead: what
    else there is of its fit goes on.
    """
    if isinstance(attempt, PartAttempt):
        with writing(engine) as connection:
            return parts.lose(connection, attempt, max_lost_workers)
    message = f"the fit lost its worker process {max_lost_workers} times without progress, perhaps for want of memory"
    begun = and_(attempt.is_current, fits.c.begun_attempt == attempt.number)
    poison = and_(begun, fits.c.status == Status.RUNNING.value, fits.c.lost_workers >= max_lost_workers)
    with writing(engine) as connection:
        connection.execute(update(fits).where(begun).values(lost_workers=fits.c.lost_workers + 1))
        end_all(connection, poison, Ending.failed(Reason.WORKER_LOST, message))
        _let_go(connection, attempt.is_current)
    return False


@retried
def release_attempts(engine: Engine, attempts: Collection[Attempt]) -> None:
    """Queue fits again, to go on from their checkpoints, without counting a lost worker."""
    whole, in_parts = _kinds(attempts)
    with writing(engine, durable=False) as connection:
        if whole:
            _let_go(connection, _any_of(whole))
        if in_parts:
            parts.let_go(connection, parts.any_of(in_parts))


@retried
def release(engine: Engine, owner: str) -> None:
    """Queue again the fits that a dispatcher has under way, because it stops."""
    with writing(engine) as connection:
        _let_go(connection, fits.c.owner == owner)
        parts.let_go(connection, fit_parts.c.owner == owner)


def release_orphans(engine: Engine) -> None:
    """Queue again all fits that are under way, because they belong to a service that is no more."""
    with writing(engine) as connection:
        _let_go(connection, fits.c.parts.is_(None))
        parts.let_go(connection)


@retried
def release_silent(engine: Engine, lease_seconds: float) -> int:
    """Queue again the fits and parts of which neither worker nor dispatcher has said anything for `lease_seconds`.

    Returns how many these are.
    """
    with writing(engine) as connection:
        # A fit that somebody writes to is not silent, and the others need not wait for it.
        whole = and_(fits.c.parts.is_(None), fits.c.heartbeat_at < NOW - lease_seconds, UNDER_WAY)
        numbers = connection.scalars(select(fits.c.number).where(whole).with_for_update(skip_locked=True)).all()
        silent = _let_go(connection, fits.c.number.in_(numbers)) if numbers else 0
        return silent + parts.let_go(connection, fit_parts.c.heartbeat_at < NOW - lease_seconds, waits=False)


@retried
def renew(engine: Engine, attempts: Collection[Attempt]) -> None:
    """Note that fits are still under way, whose workers are alive but take long for a chunk."""
    whole, in_parts = _kinds(attempts)
    with writing(engine, durable=False) as connection:
        for some in _slices(whole):
            connection.execute(update(fits).where(_any_of(some)).values(heartbeat_at=NOW))
        for some_parts in _slices(in_parts):
            parts.beat(connection, parts.any_of(some_parts))


@dataclass(frozen=True)
class Overdue:
    """An attempt that did not stop in time, and whether a worker had begun with it."""

    attempt: Attempt
    begun: bool


@retried
def cancel_overdue(engine: Engine, owner: str, cancel_seconds: float) -> list[Overdue]:
    """Cancel the fits of a dispatcher that were to stop more than `cancel_seconds` ago, and return them."""
    whose = {"by": owner, "allowed_seconds": cancel_seconds}
    with asking(engine) as connection:
        if connection.execute(_FIRST_OVERDUE, whose).first() is None:
            return []
    with writing(engine) as connection:
        ended = end_all(connection, _IS_OVERDUE, CANCELLED, whose)
        overdue_parts = parts.leave_overdue(connection, owner, cancel_seconds)
    whole = [Overdue(Attempt(fit.id, fit.attempt), fit.begun_attempt == fit.attempt) for fit in ended]
    return whole + [Overdue(attempt, begun) for attempt, begun in overdue_parts]


_Kind = TypeVar("_Kind", bound=Attempt)


def _slices(attempts: Sequence[_Kind]) -> Iterator[Sequence[_Kind]]:
    """Yield attempts, so many together as one statement can name."""
    for first in range(0, len(attempts), _MOST_NAMED):
        yield attempts[first : first + _MOST_NAMED]


def _kinds(attempts: Collection[Attempt]) -> tuple[list[Attempt], list[PartAttempt]]:
    """Return those of the attempts that are of whole fits, and those that are of parts."""
    in_parts = [attempt for attempt in attempts if isinstance(attempt, PartAttempt)]
    return [attempt for attempt in attempts if not isinstance(attempt, PartAttempt)], in_parts


def _any_of(attempts: Collection[Attempt]) -> ColumnElement[bool]:
    return or_(false(), *(attempt.is_current for attempt in attempts))


def _let_go(connection: Connection, whose: ColumnElement[bool]) -> int:
    """Queue those again that run, cancel those that were to be cancelled, and return how many the first are."""
    running = update(fits).where(fits.c.status == Status.RUNNING.value, whose)
    queued = connection.execute(running.values(status=Status.QUEUED.value, owner=None)).rowcount
    if queued:
        tell(connection, [QUEUED])
    # In this order: what somebody cancels between the two is not queued.
    end_all(connection, and_(fits.c.status == Status.CANCELLING.value, whose), CANCELLED)
    return queued
