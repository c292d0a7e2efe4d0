"""The loss history of a fit over HTTP: thinned or whole, as JSON or CSV."""

import math
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema
from starlette.concurrency import run_in_threadpool

from app.api.entity_tags import NOT_MODIFIED
from app.api.large_answers import answered
from app.api.path_parameters import CurveNumber, FitId
from app.api.problem_details import OF_A_CALCULATION, OF_KEPT_DATA, declared
from app.api.services import Provided
from app.api.streams import gathered, json_pieces
from app.jobs.store.fits import Store
from app.jobs.store.histories import thinned
from app.jobs.store.records import FitRecord
from app.schemas.problem_kinds import CURVE_NOT_FOUND, INVALID_FIELDS
from app.schemas.response import History

Rows = Iterable[tuple[int, float]]
"""Steps, and the losses after so many updates."""

router = APIRouter(tags=["fits"])

_CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}, "example": "step,loss\n0,461.9025\n1,409.0851\n"}}


@router.get(
    "/fit/{fit_id}/history",
    summary="Read the loss history",
    response_model=History,
    response_description="The rows, as JSON or CSV.",
    responses={
        200: {"content": _CSV},
        **NOT_MODIFIED,
        **declared(*OF_KEPT_DATA, *OF_A_CALCULATION, CURVE_NOT_FOUND, INVALID_FIELDS),
    },
)
async def get_history(
    request: Request,
    services: Provided,
    fit_id: FitId,
    max_points: Annotated[int, Query(ge=2, le=100_000, description="Thin to at most so many rows.")] = 1000,
    whole: Annotated[bool, Query(description="Every step, whatever `max_points` is.")] = False,
    curve: Annotated[
        CurveNumber | SkipJsonSchema[None],
        Query(description="Number of the curve, if there are many; left out: their sum."),
    ] = None,
    format: Annotated[Literal["json", "csv"], Query(description="`json` or `csv`.")] = "json",  # noqa: A002
) -> Response:
    """Read the loss after each step: that of step k is the loss after k updates, that of step 0 the loss of the start,
    and that of the last step the loss of the coefficients.

    The first and the last step are always there. Thinning keeps every stride-th step, with a round stride. A loss that
    is not finite is null in JSON, and an empty cell in CSV.
    """
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    rows = record.step if whole else min(record.step, max_points)
    return await answered(
        request,
        services,
        record,
        _written,
        curve,
        None if whole else max_points,
        format == "csv",
        numbers=2 * rows,
        media_type="text/csv" if format == "csv" else "application/json",
        file_name=f"{record.id}.csv" if format == "csv" else None,
    )


def _written(store: Store, record: FitRecord, curve: int | None, max_points: int | None, as_csv: bool) -> Iterator[str]:
    """Return the pieces of a history, as CSV or JSON. Raises CurveNotFoundError."""
    total, rows = _rows(store, record, curve, max_points)
    return gathered(_csv(rows)) if as_csv else json_pieces(_document(record.id, total, rows))


def _rows(store: Store, record: FitRecord, curve: int | None, max_points: int | None) -> tuple[int, Rows]:
    if curve is None and max_points is not None:
        history = store.thinned_history(record, max_points)
        return history.total, history.rows
    losses = store.history(record) if curve is None else store.curves.history(record, curve)
    return len(losses), enumerate(losses) if max_points is None else thinned(losses, max_points).rows


def _csv(rows: Rows) -> Iterator[str]:
    yield "step,loss\n"
    for step, loss in rows:
        yield f"{step},{loss!r}\n" if math.isfinite(loss) else f"{step},\n"


def _document(fit_id: str, total: int, rows: Rows) -> dict[str, Any]:
    """Return the fields of `History`, its rows as an iterator."""
    points = ({"step": step, "loss": loss} for step, loss in rows)
    return History(fit=fit_id, total_points=total, data=[]).model_dump() | {"data": points}
