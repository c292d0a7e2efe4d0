"""The loss history of a fit over HTTP: thinned or whole, as JSON or CSV, streamed row by row."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic.json_schema import SkipJsonSchema

from app.api.parameters import FitId
from app.api.problems import declared
from app.api.services import Provided
from app.api.thinning import thinned_steps
from app.schemas.response import History

ROWS_AT_ONCE = 5000
"""Rows that go into one piece of an answer."""

router = APIRouter(tags=["fits"])

_CSV: dict[str, Any] = {"text/csv": {"schema": {"type": "string"}, "example": "step,loss\n0,461.9025\n1,409.0851\n"}}


@router.get(
    "/fit/{fit_id}/history",
    summary="Read the loss history",
    response_model=History,
    response_description="The rows, as JSON or CSV.",
    responses={200: {"content": _CSV}, **declared(404, 422, 500, 503)},
)
def get_history(
    services: Provided,
    fit_id: FitId,
    max_points: Annotated[int, Query(ge=2, le=100_000, description="Thin to at most so many rows.")] = 1000,
    whole: Annotated[bool, Query(description="Every step instead.")] = False,
    curve: Annotated[
        int | SkipJsonSchema[None], Query(ge=0, description="Of one of many curves; else their sum.")
    ] = None,
    format: Annotated[Literal["json", "csv"], Query(description="`json` or `csv`.")] = "json",  # noqa: A002
) -> Response:
    """Step k is the loss after k updates: 0 is the start, the last is that of the coefficients.

    The first and the last step are always there. Thinning keeps every stride-th step, with a round stride.
    """
    record = services.store.get(fit_id)
    losses = services.store.history(record) if curve is None else services.store.curve_history(record, curve)
    steps = range(len(losses)) if whole else thinned_steps(len(losses) - 1, max_points)
    if format == "csv":
        disposition = {"Content-Disposition": f'attachment; filename="{record.id}.csv"'}
        return StreamingResponse(_csv(steps, losses), media_type="text/csv", headers=disposition)
    return StreamingResponse(_json(record.id, steps, losses), media_type="application/json")


def _csv(steps: Iterable[int], losses: Sequence[float]) -> Iterator[str]:
    yield "step,loss\n"
    for rows in _pieces(f"{step},{losses[step]!r}\n" for step in steps):
        yield "".join(rows)


def _json(fit_id: str, steps: Iterable[int], losses: Sequence[float]) -> Iterator[str]:
    head = History(fit=fit_id, total_points=len(losses), data=[]).model_dump_json()
    yield head.removesuffix("]}")
    separator = ""
    # repr of a finite float is its shortest JSON.
    for rows in _pieces(f'{{"step":{step},"loss":{losses[step]!r}}}' for step in steps):
        yield separator + ",".join(rows)
        separator = ","
    yield "]}"


def _pieces(rows: Iterator[str]) -> Iterator[list[str]]:
    while piece := list(islice(rows, ROWS_AT_ONCE)):
        yield piece
