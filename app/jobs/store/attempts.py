"""The side of the store for workers: what one reads and writes of the fit in its hands.

An attempt is one handing of a fit to a worker. Its number grows with each, and a write with an old number changes
nothing: a worker that was believed dead and comes back can't overwrite what its successor wrote.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Engine,
    Row,
    and_,
    bindparam,
    case,
    insert,
    null,
    or_,
    select,
    update,
)

from app.jobs.fit.result import StoredResult, Timings
from app.jobs.store.belongings import are_in_blocks, arrays_of, data_of
from app.jobs.store.clock import NOW
from app.jobs.store.database import asking, reading, writing
from app.jobs.store.deliveries import add_deliveries
from app.jobs.store.ends import end_all
from app.jobs.store.histories import losses_row
from app.jobs.store.news import tell
from app.jobs.store.records import CANCELLED, Ending, ReadWhenAsked
from app.jobs.store.retries import retried
from app.jobs.store.tables import fit_curves, fit_losses, fits
from app.schemas.status import UNDER_WAY, Status


@dataclass(frozen=True)
class Attempt:
    """A fit in the hands of one worker."""

    fit_id: str
    number: int

    @property
    def is_current(self) -> ColumnElement[bool]:
        """Return the condition that no later attempt was made and the fit has not ended: the fence of every write."""
        return _current(self.fit_id, self.number)

    @property
    def named(self) -> dict[str, Any]:
        """Return fit and number as the values that the statements of this module, built once, take by name."""
        return {"attempt_of": self.fit_id, "attempt_number": self.number}


def _current(fit_id: str | BindParameter[str], number: int | BindParameter[int]) -> ColumnElement[bool]:
    under_way = or_(*(fits.c.status == status.value for status in UNDER_WAY))
    return and_(fits.c.id == fit_id, fits.c.attempt == number, under_way)


@dataclass(frozen=True)
class Work(ReadWhenAsked):
    """What a worker needs to start an attempt or to go on from the last checkpoint."""

    fit_number: int
    stored_request: Mapping[str, Any]
    """The request, as some version wrote it; read it as `fit`."""
    arrays: dict[str, "array[float]"]
    checkpoint: bytes | None
    stored_result: Mapping[str, Any] | None
    """The result after the last chunk of earlier attempts, if there was one; read it as `result`."""
    queued_seconds: float
    """Seconds between the request and its first worker."""

    @property
    def timings(self) -> Timings:
        """Return the times that the fit took until now: in the queue, and with earlier attempts."""
        before = Timings() if self.result is None else self.result.timings
        return replace(before, queued=self.queued_seconds)


@dataclass(frozen=True)
class ChunkReport:
    """The report of a worker after a chunk of steps."""

    first_step: int
    losses: "array[float]"
    step: int
    loss: float | None
    checkpoint: bytes | None
    """The state to go on from; None where the fit ends."""
    result: StoredResult | None
    ending: Ending | None
    blocks: "tuple[CurveBlock, ...]" = ()
    """Results of the curves that ended in this chunk; none for a fit of one curve."""


@dataclass(frozen=True)
class CurveBlock:
    """Results of some curves of a fit, as bytes for the store."""

    first_curve: int
    curves: int
    results: bytes
    losses: bytes


# Built once: with many small fits, building statements takes longer than carrying them out.
_NUMBER = bindparam("attempt_number", type_=fits.c.attempt.type)
_THIS = _current(bindparam("attempt_of", type_=fits.c.id.type), _NUMBER)
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
    """Begin several attempts in one transaction, and return for each what `begin` returns."""
    begun = _begun(engine, attempts)
    return [
        _with_blocks(engine, attempt.fit_id, work) if work is not None and are_in_blocks(work.stored_request) else work
        for attempt, work in zip(attempts, begun, strict=True)
    ]


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
