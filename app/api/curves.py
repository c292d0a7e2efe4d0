"""Results of many curves over HTTP: pages of rows, or all of them as a file."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from app.api.large_answers import answered
from app.api.path_parameters import LARGEST, FitId
from app.api.problem_details import OF_A_CALCULATION, OF_KEPT_DATA, declared
from app.api.services import Provided
from app.jobs.data import curve_results
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.problem_kinds import INVALID_FIELDS
from app.schemas.response import CurvePage, CurveResult
from app.schemas.status import Reason

router = APIRouter(tags=["fits"])

_MEDIA_TYPES = {"json": "application/json", "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_FILES: dict[str, Any] = {
    _MEDIA_TYPES["csv"]: {"schema": {"type": "string"}},
    _MEDIA_TYPES["parquet"]: {"schema": {"type": "string", "format": "binary"}},
}


@router.get(
    "/fit/{fit_id}/curves",
    summary="Read the results of many curves",
    response_model=CurvePage,
    response_description="The rows, as a page of JSON, or all as a file.",
    responses={200: {"content": _FILES}, **declared(*OF_KEPT_DATA, *OF_A_CALCULATION, INVALID_FIELDS)},
)
async def get_curves(
    request: Request,
    services: Provided,
    fit_id: FitId,
    after: Annotated[
        int, Query(ge=-1, le=LARGEST, description="Only curves after this one (`last_curve` of a page).")
    ] = -1,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Curves on a page of JSON.")] = 100,
    format: Annotated[  # noqa: A002
        Literal["json", "csv", "parquet"], Query(description="`json`: a page. `csv`, `parquet`: all after `after`.")
    ] = "json",
) -> Response:
    """Read coefficients, standard errors and end of each curve that has ended, in the order of the data.

    In files the columns of a parameter `a` are `coefficients.a` and `stderr.a`.
    """
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    curves = record.fit.curves or 0
    return await answered(
        request,
        services,
        record,
        _written,
        after + 1,
        limit,
        format,
        numbers=(min(curves, limit) if format == "json" else curves) * (5 + 2 * len(record.fit.parameters)),
        media_type=_MEDIA_TYPES[format],
        file_name=None if format == "json" else f"{record.id}.{format}",
    )


def _written(
    store: Store, record: FitRecord, first: int, limit: int, file_format: str
) -> Iterator[str] | Iterator[bytes]:
    """Return the pieces of the results from a curve on, in a format; at most so many curves as JSON."""
    if file_format == "json":
        return iter([_page(curve_results.rows(store.curve_tables(record.number, first, limit + 1)), limit)])
    tables = store.curve_tables(record.number, first)
    empty = curve_results.empty_table(list(record.fit.parameters))
    if file_format == "csv":
        return iter(curve_results.csv(tables, empty))
    return iter([curve_results.parquet(tables, empty)])


def _page(rows: list[dict[str, Any]], limit: int) -> str:
    page = [CurveResult.model_construct(**{**row, "reason": Reason(row["reason"])}) for row in rows[:limit]]
    last = page[-1].curve if page else None
    whole = CurvePage.model_construct(object="list", data=page, has_more=len(rows) > limit, last_curve=last)
    return whole.model_dump_json()
