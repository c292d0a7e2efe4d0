"""Measured data of a fit over HTTP: as they came in JSON, or as a file."""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, pairwise
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from app.api.path_parameters import FitId
from app.api.problem_details import OF_A_FIT, declared
from app.api.services import Provided
from app.jobs.data import downloads
from app.jobs.data.columns import from_stored
from app.jobs.errors import NoMeasuredDataError
from app.schemas.numbers import Numbers
from app.schemas.problem_kinds import INVALID_FIELDS, NO_MEASURED_DATA
from app.schemas.target import DataTarget, FunctionTarget

NUMBERS_AT_ONCE = 20_000
CHARACTERS_AT_ONCE = 200_000
"""That go into one piece of an answer, about."""

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
    responses={200: {"content": _FILES}, **declared(*OF_A_FIT, INVALID_FIELDS, NO_MEASURED_DATA)},
)
def get_data(
    services: Provided,
    fit_id: FitId,
    format: Annotated[  # noqa: A002
        Literal["json", "csv", "parquet", "arrow"], Query(description="`json`, `csv`, `parquet` or `arrow`.")
    ] = "json",
) -> Response:
    """JSON can be posted again as a target. Files have one row a point: of many curves `curve`, the number of the
    curve from 0, and `label`; the predictor variables, `y`, and `sigma` or `weights`.
    """
    record = services.store.get(fit_id)
    target = record.fit.target
    if isinstance(target, FunctionTarget):
        raise NoMeasuredDataError("the fit has no measured data: its target is a function")
    arrays = services.store.arrays(record.number)
    if format == "json":
        return StreamingResponse(_gathered(_json(from_stored(target, arrays))), media_type="application/json")
    media_type, pieces = _FORMATS[format]
    disposition = {"Content-Disposition": f'attachment; filename="{record.id}-data.{format}"'}
    return StreamingResponse(pieces(downloads.batches(target, arrays)), media_type=media_type, headers=disposition)


def _gathered(texts: Iterable[str]) -> Iterator[str]:
    """In pieces that are worth sending: each one costs a switch of threads."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= CHARACTERS_AT_ONCE:
            yield "".join(piece)
            piece, size = [], 0
    yield "".join(piece)


def _json(target: DataTarget) -> Iterator[str]:
    yield '{"x":'
    if isinstance(target.x, dict):
        opening = "{"
        for name, column in target.x.items():
            yield f'{opening}"{name}":'
            yield from _numbers(column)
            opening = ","
        yield "}"
    else:
        yield from _numbers(target.x)
    for name in ("y", "sigma", "weights"):
        column = getattr(target, name)
        if column is not None:
            yield f',"{name}":'
            yield from _numbers(column)
    rest = target.model_dump_json(include={"sigma_absolute", "response", "labels"})
    yield "," + rest.removeprefix("{")


def _numbers(column: Numbers) -> Iterator[str]:
    if column.lengths is None:
        yield from _list(column.values)
        return
    separator = "["
    for first, last in pairwise(accumulate(column.lengths, initial=0)):
        yield separator
        yield from _list(column.values[first:last])
        separator = ","
    yield "]"


def _list(values: "array[float]") -> Iterator[str]:
    opening = "["
    for first in range(0, len(values), NUMBERS_AT_ONCE):
        yield opening + json.dumps(values[first : first + NUMBERS_AT_ONCE].tolist())[1:-1]
        opening = ","
    yield "]"
