"""Measured data of a fit over HTTP: as JSON, as they were posted, or as a file."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.api.entity_tags import NOT_MODIFIED
from app.api.large_answers import answered, numbers_of
from app.api.path_parameters import FitId
from app.api.problem_details import OF_A_CALCULATION, OF_KEPT_DATA, declared
from app.api.services import Provided
from app.api.streams import json_pieces
from app.jobs.data import downloads
from app.jobs.data.columns import from_stored
from app.jobs.errors import NoMeasuredDataError
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.problem_kinds import INVALID_FIELDS, NO_MEASURED_DATA
from app.schemas.target import DataTarget, FunctionTarget

router = APIRouter(tags=["fits"])

_PARQUET, _ARROW = "application/vnd.apache.parquet", "application/vnd.apache.arrow.file"
_FORMATS: dict[str, tuple[str, Callable[..., Iterator[bytes]]]] = {
    "csv": ("text/csv", downloads.csv),
    "parquet": (_PARQUET, downloads.parquet),
    "arrow": (_ARROW, downloads.arrow),
}
_FILES: dict[str, Any] = {
    "text/csv": {"schema": {"type": "string"}, "example": "x,y\n0,0.9\n1,3.1\n"},
    _PARQUET: {"schema": {"type": "string", "format": "binary"}},
    _ARROW: {"schema": {"type": "string", "format": "binary"}},
}


@router.get(
    "/fit/{fit_id}/data",
    summary="Download measured data",
    response_model=DataTarget,
    response_description="The data, as JSON or as a file.",
    responses={
        200: {"content": _FILES},
        **NOT_MODIFIED,
        **declared(*OF_KEPT_DATA, *OF_A_CALCULATION, INVALID_FIELDS, NO_MEASURED_DATA),
    },
)
async def get_data(
    request: Request,
    services: Provided,
    fit_id: FitId,
    format: Annotated[  # noqa: A002
        Literal["json", "csv", "parquet", "arrow"], Query(description="`json`, `csv`, `parquet` or `arrow`.")
    ] = "json",
) -> Response:
    """Download the measured data of a fit. The JSON can be posted again as a target.

    A file has one row for each point. Its columns are the predictor variables, `y`, and `sigma` or `weights`; before
    them, where there are many curves, `curve` (the number of the curve, from 0) and `label`.
    """
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    return await answered(
        request,
        services,
        record,
        _written,
        format,
        numbers=numbers_of(record),
        media_type="application/json" if format == "json" else _FORMATS[format][0],
        file_name=None if format == "json" else f"{record.id}-data.{format}",
    )


def _written(store: Store, record: FitRecord, file_format: str) -> Iterator[str] | Iterator[bytes]:
    """Return the pieces of the data in a format. Raises NoMeasuredDataError."""
    target = record.fit.target
    if isinstance(target, FunctionTarget):
        raise NoMeasuredDataError("the fit has no measured data: its target is a function")
    data = store.data(record)
    target = replace(target, labels=data.labels)
    if file_format == "json":
        return json_pieces(_posted(from_stored(target, data.arrays)))
    _, pieces = _FORMATS[file_format]
    return pieces(downloads.batches(target, data.arrays))


def _posted(target: DataTarget) -> dict[str, Any]:
    """Return measured data with the fields that a request gave them."""
    columns = {name: getattr(target, name) for name in ("x", "y", "sigma", "weights")}
    others = target.model_dump(include={"sigma_absolute", "response", "labels"})
    return {name: column for name, column in columns.items() if column is not None} | others
