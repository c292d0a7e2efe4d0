"""The side of the store for workers: what one reads and writes of the fit in its hands.

A write of an old attempt changes nothing: a worker that was believed dead and comes back can't overwrite what its
successor wrote. What it does of parts of fits is in `part_work.py`.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, bindparam, case, insert, null, select, update

from app.jobs.store import parts
from app.jobs.store.attempt import Attempt, PartAttempt, current
from app.jobs.store.belongings import are_in_blocks, arrays_of, data_of
from app.jobs.store.clock import NOW
from app.jobs.store.database import asking, reading, writing
from app.jobs.store.deliveries import add_deliveries
from app.jobs.store.ends import end_all
from app.jobs.store.histories import losses_row
from app.jobs.store.news import tell
from app.jobs.store.part_work import begin_part, report_part
from app.jobs.store.records import CANCELLED, Ending
from app.jobs.store.retries import retried
from app.jobs.store.tables import fit_curves, fit_losses, fits
from app.jobs.store.work import ChunkReport, Work
from app.schemas.status import Status

# Built once: with many small fits, building statements takes longer than carrying them out.
_NUMBER = bindparam("attempt_number", type_=fits.c.attempt.type)
_THIS = current(bindparam("attempt_of", type_=fits.c.id.type), _NUMBER)
_BEGIN = (
    update(fits)
    .where(_THIS, fits.c.begun_attempt < _NUMBER)
    .values(begun_attempt=_NUMBER)
    .returning(
        *(fits.c[name] for name in ("number", "status", "request", "checkpoint", "result")),
        *(fits.c.created_at, fits.c.started_at),
    )
)
_CANCELLING = fits.c.status == Status.CANCELLING.value
_REPORTED = (fits.c.status, fits.c.id, fits.c.number, fits.c.webhook)
_GO_ON = (
    update(fits)
    .where(_THIS)
    .values(
        heartbeat_at=NOW,
        checkpoint=case((_CANCELLING, null()), else_=bindparam("reached", type_=fits.c.checkpoint.type)),
        status=case((_CANCELLING, CANCELLED.status.value), else_=Status.RUNNING.value),
        reason=case((_CANCELLING, CANCELLED.reason.value)),
        message=case((_CANCELLING, CANCELLED.message)),
        finished_at=case((_CANCELLING, NOW)),
    )
    .returning(*_REPORTED)
)
_END = update(fits).where(_THIS).values(heartbeat_at=NOW, finished_at=NOW).returning(*_REPORTED)
_ADD_LOSSES = insert(fit_losses)
_STATUS = select(fits.c.status).where(_THIS)


def begin(engine: Engine, attempt: Attempt) -> Work | None:
    """Begin an attempt, and return what to work on.

    Returns None if the attempt is not current any more, or was begun before: it must not run twice. A fit that is to
    be cancelled becomes cancelled, and gives None too.
    """
    (work,) = begin_together(engine, [attempt])
    return work


def begin_together(engine: Engine, attempts: Sequence[Attempt]) -> list[Work | None]:
    """Begin several attempts in one transaction, and return for each what `begin` returns.

    Only fits that are trained whole are begun together.
    """
    if any(isinstance(attempt, PartAttempt) for attempt in attempts):
        return [_begun_alone(engine, attempt) for attempt in attempts]
    begun = _begun(engine, attempts)
    return [
        _with_blocks(engine, attempt.fit_id, work) if work is not None and are_in_blocks(work.stored_request) else work
        for attempt, work in zip(attempts, begun, strict=True)
    ]


def _begun_alone(engine: Engine, attempt: Attempt) -> Work | None:
    return begin_part(engine, attempt) if isinstance(attempt, PartAttempt) else begin(engine, attempt)


@retried
def _begun(engine: Engine, attempts: Sequence[Attempt]) -> list[Work | None]:
    with writing(engine, durable=False) as connection:
        begun = [_begin(connection, attempt) for attempt in attempts]
        arrays = arrays_of(connection, [work.fit_number for work in begun if work is not None])
    return [None if work is None else replace(work, arrays=arrays[work.fit_number]) for work in begun]


def _with_blocks(engine: Engine, fit_id: str, work: Work) -> Work:
    """Return the work with data that take too long to read while others wait to write."""
    with reading(engine) as connection:
        data = data_of(connection, work.fit_number, fit_id, work.stored_request)
    return replace(work, stored_request=data.with_labels(work.stored_request), arrays=data.arrays)


def _begin(connection: Connection, attempt: Attempt) -> Work | None:
    """Begin an attempt, and return what to work on, without its arrays."""
    row = connection.execute(_BEGIN, attempt.named).one_or_none()
    if row is None or row.status == Status.CANCELLING.value:
        _cancel_if_asked(connection, attempt)
        return None
    queued_seconds = row.started_at - row.created_at
    return Work(row.number, row.request, {}, row.checkpoint, row.result, queued_seconds)


def report_chunk(engine: Engine, attempt: Attempt, fit_number: int, report: ChunkReport) -> bool:
    """Write the report of a chunk, and tell whether the worker is to go on.

    One statement checks that the attempt is current, and writes heartbeat, progress and checkpoint. A fit that is to be
    cancelled becomes cancelled by it, at the end of its chunk.
    """
    if isinstance(attempt, PartAttempt):
        return report.part is not None and report_part(engine, attempt, report, report.part)
    (goes_on,) = report_chunks(engine, [(attempt, fit_number, report)])
    return goes_on


@retried
def report_chunks(engine: Engine, reports: Sequence[tuple[Attempt, int, ChunkReport]]) -> list[bool]:
    """Write the reports of several fits in one transaction, and tell for each what `report_chunk` tells."""
    with writing(engine) as connection:
        reported = [_report(connection, attempt, report) for attempt, _, report in reports]
        outcomes = zip(reports, reported, strict=True)
        written = [(number, report) for (_, number, report), fit in outcomes if fit is not None]
        losses = [losses_row(number, report.first_step, report.losses) for number, report in written if report.losses]
        if losses:
            connection.execute(_ADD_LOSSES, losses)
        curves = [{"fit_number": number, **asdict(block)} for number, report in written for block in report.blocks]
        if curves:
            connection.execute(insert(fit_curves), curves)
        goes_on = [fit is not None and fit.status == Status.RUNNING for fit in reported]
        ended = [fit for fit, still in zip(reported, goes_on, strict=True) if fit is not None and not still]
        add_deliveries(connection, [fit.number for fit in ended if fit.webhook is not None])
        tell(connection, [fit.id for fit in ended])
        return goes_on


def _report(connection: Connection, attempt: Attempt, report: ChunkReport) -> Row[Any] | None:
    """Write a report, and return what the fit is after it; None if the attempt is not current any more."""
    progress = {
        **attempt.named,
        "step": report.step,
        "loss": report.loss,
        "result": None if report.result is None else report.result.to_json(),
        "lost_workers": 0,
    }
    if report.ending is not None:
        reported = connection.execute(_END, {**progress, **report.ending.columns()})
    else:
        reported = connection.execute(_GO_ON, {**progress, "reached": report.checkpoint})
    return reported.one_or_none()


@retried
def heartbeat(engine: Engine, attempt: Attempt) -> bool:
    """Note that the worker is alive, before its first chunk or after its last, and tell whether it is to go on.

    A fit that is to be cancelled becomes cancelled here.
    """
    beating = update(fits).where(attempt.is_current).values(heartbeat_at=NOW).returning(fits.c.status)
    with writing(engine, durable=False) as connection:
        if isinstance(attempt, PartAttempt):
            is_left = parts.leave_cancelled(connection, attempt)
            return not is_left and bool(parts.beat(connection, parts.is_current(attempt)))
        _cancel_if_asked(connection, attempt)
        return connection.execute(beating).scalar_one_or_none() is not None


def is_wanted(engine: Engine, attempt: Attempt) -> bool:
    """Tell whether a fit that was begun with others is still to be trained; cancel it if that was asked for."""
    with asking(engine) as connection:
        status = connection.execute(_STATUS, attempt.named).scalar_one_or_none()
    return status == Status.RUNNING.value or (status is not None and heartbeat(engine, attempt))


def _cancel_if_asked(connection: Connection, attempt: Attempt) -> None:
    end_all(connection, and_(attempt.is_current, fits.c.status == Status.CANCELLING.value), CANCELLED)


@retried
def end(engine: Engine, attempt: Attempt, ending: Ending) -> None:
    """End a fit without a further chunk; what the last chunk reported stays."""
    with writing(engine) as connection:
        end_all(connection, attempt.is_current, ending)
