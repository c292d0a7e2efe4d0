"""The fit on the wire, made from a row of the table."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from app.api.target_presentation import summary
from app.jobs.data.columns import StoredData, from_stored
from app.jobs.fit.result import StoredResult
from app.jobs.store.damage import readable
from app.jobs.store.fits import Details
from app.jobs.store.records import FitRecord
from app.schemas.response import Fit, FitError, Progress, Urls
from app.schemas.result import FitResult, LossPoint
from app.schemas.snapshot import Snapshot
from app.schemas.status import Status
from app.schemas.target import DataTarget

RESULT_POINTS = 250
"""Most rows of the loss history inside a result; the whole history is at its own address."""


def present_whole(
    record: FitRecord,
    details: Details,
    root_path: str,
) -> Fit:
    """Return a fit that is shown by itself, with its data and its thinned loss history."""
    history = [LossPoint.model_construct(step=step, loss=loss) for step, loss in details.history]
    stored = record.fit.target
    data, target = details.data, None
    if data is not None and data.arrays and isinstance(stored, StoredData):
        target = from_stored(replace(stored, labels=data.labels), data.arrays)
    return _present(record, details.metadata, target, history, root_path)


def present_minimal(record: FitRecord, metadata: dict[str, str], root_path: str) -> Fit:
    """Return a fit without its data and its loss history, as in lists and in answers with `return=minimal`."""
    return _present(record, metadata, None, None, root_path)


def present_snapshot(record: FitRecord, losses: Iterable[tuple[int, float]], status: Status | None = None) -> Snapshot:
    """Return a fit at one moment of its life; `status`: one that it has left behind, instead of its present one."""
    with readable():
        result = record.result if status is None and record.fit.curves is None else None
        return Snapshot(
            fit=record.id,
            status=status or record.status,
            reason=record.reason if status is None else None,
            message=record.message if status is None else None,
            progress=_progress(record, record.fit.hyperparameters.steps),
            losses=[LossPoint.model_construct(step=step, loss=loss) for step, loss in losses],
            coefficients=None if result is None else result.coefficients,
            ended=status is None and record.ended,
        )


def _present(
    record: FitRecord,
    metadata: dict[str, str],
    data: DataTarget | None,
    history: list[LossPoint] | None,
    root_path: str,
) -> Fit:
    with readable():
        return _presented(record, metadata, data, history, root_path)


def _presented(
    record: FitRecord,
    metadata: dict[str, str],
    data: DataTarget | None,
    history: list[LossPoint] | None,
    root_path: str,
) -> Fit:
    fit = record.fit
    return Fit(
        id=record.id,
        status=record.status,
        reason=record.reason,
        message=record.message,
        error=None if record.error is None else FitError(**record.error),
        created_at=_moment(record.created_at),
        started_at=None if record.started_at is None else _moment(record.started_at),
        finished_at=None if record.finished_at is None else _moment(record.finished_at),
        progress=_progress(record, fit.hyperparameters.steps),
        target=data or summary(fit.target),
        model=fit.model if isinstance(fit.model, str) else fit.model.model_dump(),
        formula=record.formula,
        parameters=fit.parameters,
        hyperparameters=fit.hyperparameters,
        loss=fit.loss,
        confidence=fit.confidence,
        seed=fit.seed,
        device=fit.device,
        dtype=fit.dtype,
        metadata=metadata,
        warnings=fit.warnings,
        result=_result(record.result, history) if record.ended and record.result else None,
        webhook=record.webhook,
        urls=Urls.of(record.id, root_path),
    )


def _result(stored: StoredResult, history: list[LossPoint] | None) -> FitResult:
    result = FitResult.model_validate(stored, from_attributes=True)
    return result if history is None else result.model_copy(update={"loss_history": history})


def _progress(record: FitRecord, steps: int) -> Progress:
    curves = None if record.result is None else record.result.curves
    ended = None if curves is None else curves.ended
    return Progress(step=record.step, steps=steps, loss=record.loss, curves=ended)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
