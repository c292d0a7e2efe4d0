"""From a row of the table to the fit on the wire."""

from datetime import UTC, datetime

from app.api.target_presentation import echoed, summary
from app.jobs.store.fits import Details
from app.jobs.store.records import FitRecord
from app.schemas.hyperparameters import SCHEMAS
from app.schemas.loss import Loss
from app.schemas.request import Confidence, Parameter
from app.schemas.response import Fit, FitError, LossPoint, Progress, Result, Urls
from app.schemas.target import DataTarget

RESULT_POINTS = 250
"""Most rows of the loss history inside a result; the whole is at its own address."""


def present_whole(
    record: FitRecord,
    details: Details,
    root_path: str,
) -> Fit:
    """A fit by itself, with its data and its thinned loss history."""
    history = [LossPoint.model_construct(step=step, loss=loss) for step, loss in details.history]
    target = echoed(record.request["target"], details.arrays) if details.arrays else None
    return _present(record, details.metadata, target, history, root_path)


def present_minimal(record: FitRecord, metadata: dict[str, str], root_path: str) -> Fit:
    """A fit without its data and its loss history: among others, or for who prefers it so."""
    return _present(record, metadata, None, None, root_path)


def _present(
    record: FitRecord,
    metadata: dict[str, str],
    data: DataTarget | None,
    history: list[LossPoint] | None,
    root_path: str,
) -> Fit:
    request = record.request
    path = f"{root_path}/fit/{record.id}"
    # What is stored was valid when it came; limits that changed since then must not hide it.
    hyperparameters = SCHEMAS[request["hyperparameters"]["optimizer"]].model_construct(**request["hyperparameters"])
    return Fit(
        id=record.id,
        status=record.status,
        reason=record.reason,
        message=record.message,
        error=None if record.error is None else FitError(**record.error),
        created_at=_moment(record.created_at),
        started_at=None if record.started_at is None else _moment(record.started_at),
        finished_at=None if record.finished_at is None else _moment(record.finished_at),
        progress=_progress(record, hyperparameters.steps),
        target=data or summary(request["target"]),
        model=request["model"],
        formula=record.formula,
        parameters={name: Parameter.model_construct(**parameter) for name, parameter in request["parameters"].items()},
        hyperparameters=hyperparameters,
        loss=Loss.model_construct(**request.get("loss", {})),
        confidence=Confidence.model_construct(**request.get("confidence", {})),
        seed=request.get("seed", 0),
        device=request["device"],
        dtype=request["dtype"],
        metadata=metadata,
        result=Result(**record.result, loss_history=history) if record.ended and record.result else None,
        urls=Urls(self=path, **{name: f"{path}/{name}" for name in Urls.model_fields if name != "self"}),
    )


def _progress(record: FitRecord, steps: int) -> Progress:
    curves = (record.result or {}).get("curves")
    done = None if curves is None else curves["succeeded"] + curves["failed"]
    return Progress(step=record.step, steps=steps, loss=record.loss, curves=done)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
