"""The side of the store for workers that train a part of a fit: its data, its reports, and the end of the whole."""

from array import array
from dataclasses import asdict, replace

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from app.jobs.data.columns import StoredData
from app.jobs.errors import FitDamagedError
from app.jobs.fit.curve_progress import CurveProgress, PartSummary, with_all_parts
from app.jobs.fit.result import StoredResult
from app.jobs.fit.stored import StoredFit
from app.jobs.store import parts
from app.jobs.store.attempt import PartAttempt
from app.jobs.store.belongings import curves_data_of
from app.jobs.store.blocks import read_labels
from app.jobs.store.clock import NOW
from app.jobs.store.curve_endings import ending_of, timeout_of
from app.jobs.store.damage import readable
from app.jobs.store.database import may_crash_alone, reading, writing
from app.jobs.store.ends import end_all
from app.jobs.store.histories import losses_row
from app.jobs.store.retries import retried
from app.jobs.store.tables import fit_curves, fit_losses, fit_parts, fits
from app.jobs.store.work import ChunkReport, PartReport, PartWork, Work
from app.schemas.status import Status

_PART = fit_parts.c
_ADD_CURVES, _ADD_LOSSES = insert(fit_curves), insert(fit_losses)
_SUMMARIES = (
    select(_PART.status, _PART.curves, _PART.summary).where(_PART.fit_number == bindparam("fit")).order_by(_PART.part)
)
_PROGRESS = select(_PART.progress).where(_PART.fit_number == bindparam("fit")).order_by(_PART.part)
_NOTE_PROGRESS = (
    update(fits)
    .where(fits.c.number == bindparam("fit"))
    .values(
        heartbeat_at=NOW,
        step=bindparam("steps"),
        loss=bindparam("sum", type_=fits.c.loss.type),
        result=bindparam("found", type_=fits.c.result.type),
    )
)


def begin_part(engine: Engine, attempt: PartAttempt) -> Work | None:
    """Begin an attempt, and return what to work on; None where it is not to be begun."""
    begun = _begun(engine, attempt)
    return None if begun is None else _work(engine, attempt, begun)


def work_of_part(engine: Engine, attempt: PartAttempt) -> Work | None:
    """Return what a worker that has begun an attempt works on; None where it is not current any more."""
    with reading(engine) as connection:
        begun = parts.begun_part(connection, attempt)
    return None if begun is None else _work(engine, attempt, begun)


@retried
def _begun(engine: Engine, attempt: PartAttempt) -> parts.BegunPart | None:
    with writing(engine, durable=False) as connection:
        return parts.begin(connection, attempt)


def _work(engine: Engine, attempt: PartAttempt, begun: parts.BegunPart) -> Work:
    with readable():
        target = StoredFit.from_json(begun.stored_request).target
    if not isinstance(target, StoredData):
        raise FitDamagedError
    with reading(engine) as connection:
        data, arrays = curves_data_of(connection, begun.fit_number, attempt.fit_id, target, begun.curves)
        labels = target.labels[begun.curves.start : begun.curves.stop] if target.labels else None
        if target.in_blocks:
            labels = read_labels(connection, attempt.fit_id, begun.curves) or None
    summary = PartSummary() if begun.summary is None else PartSummary.from_json(begun.summary)
    part = PartWork(begun.curves, replace(data, labels=labels), summary)
    request, waited = begun.stored_request, begun.queued_seconds
    return Work(begun.fit_number, request, arrays, begun.progress, None, waited, part)


class _EndsTheFitError(Exception):
    """The report ends the fit, and so has to be on disk."""


def report_part(engine: Engine, attempt: PartAttempt, report: ChunkReport, of_part: PartReport) -> bool:
    """Write the report of a chunk of a part, and tell whether the worker is to go on with it.

    Whoever reports the last part ends the fit. Until then nobody is told of what is kept, and workers do not wait for
    the disk of their own machine: after a power failure they would train a part anew.
    """
    try:
        return _goes_on(engine, attempt, report, of_part, durable=may_crash_alone(engine))
    except _EndsTheFitError:
        return _goes_on(engine, attempt, report, of_part, durable=True)


@retried
def _goes_on(engine: Engine, attempt: PartAttempt, report: ChunkReport, of_part: PartReport, durable: bool) -> bool:
    with writing(engine, durable) as connection:
        held = parts.hold(connection, attempt)
        if held is None or report.result is None or not _wrote(connection, attempt, report.result, of_part):
            return False
        number, status = held
        blocks = [{"fit_number": number, **asdict(block)} for block in report.blocks]
        if blocks:
            connection.execute(_ADD_CURVES, blocks)
        if _has_ended(connection, number, report.result, of_part):
            if not durable:
                raise _EndsTheFitError
            return False
        if status == Status.CANCELLING.value:
            parts.leave(connection, parts.is_current(attempt))
            parts.cancel_left(connection, [number])
        return status == Status.RUNNING.value


def _wrote(connection: Connection, attempt: PartAttempt, result: StoredResult, of_part: PartReport) -> bool:
    """Write what is known of a part, and tell whether the attempt is current."""
    status = parts.HAS_ENDED if of_part.has_ended else parts.RUNS
    return parts.note(connection, attempt, status, of_part.progress.to_bytes(), PartSummary.of(result).to_json())


def _has_ended(connection: Connection, number: int, result: StoredResult, of_part: PartReport) -> bool:
    """Write the progress of the whole fit, and its end if this was the last part; tell whether it has ended."""
    rows = connection.execute(_SUMMARIES, {"fit": number}).all()
    curves = sum(row.curves for row in rows)
    summaries = [PartSummary.from_json(row.summary) for row in rows if row.summary is not None]
    whole, ending = with_all_parts(result, summaries, curves), None
    if all(row.status == parts.HAS_ENDED for row in rows):
        progress = _whole_progress(connection, number)
        losses = progress.losses
        whole = replace(whole, final_loss=losses[-1], steps=len(losses) - 1)
        ending = ending_of(progress, curves)
        _add_losses(connection, number, losses[:-1])
    elif whole.timings.training > of_part.most_seconds:
        ending = timeout_of(whole, curves)
    values = {"fit": number, "steps": whole.steps, "sum": whole.final_loss, "found": whole.to_json()}
    connection.execute(_NOTE_PROGRESS, values)
    if ending is not None:
        end_all(connection, fits.c.number == number, ending)
    return ending is not None


def _whole_progress(connection: Connection, number: int) -> CurveProgress:
    """Return the progress of all parts of a fit, one after another, as that of one block."""
    whole = CurveProgress.of_none()
    for progress in connection.scalars(_PROGRESS, {"fit": number}):
        whole = whole.with_others(CurveProgress.from_bytes(progress)).in_one_block
    return whole


def _add_losses(connection: Connection, number: int, losses: list[float]) -> None:
    if losses:
        connection.execute(_ADD_LOSSES, [losses_row(number, 0, array("d", losses))])
