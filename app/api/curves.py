"""Results of many curves over HTTP: pages of rows, or all of them as a file."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema
from starlette.concurrency import run_in_threadpool

from app.api.entity_tags import NOT_MODIFIED
from app.api.large_answers import answered, numbers_of
from app.api.path_parameters import LARGEST, FitId
from app.api.problem_details import OF_A_CALCULATION, OF_KEPT_DATA, declared
from app.api.services import Provided
from app.jobs.data import curve_results
from app.jobs.results.curve_rows import tables_of, with_statistics
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.curve_results import CurvePage, CurveResult
from app.schemas.problem_kinds import INVALID_FIELDS
from app.schemas.result import Statistics
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
    responses={200: {"content": _FILES}, **NOT_MODIFIED, **declared(*OF_KEPT_DATA, *OF_A_CALCULATION, INVALID_FIELDS)},
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
    statistics: Annotated[
        bool | SkipJsonSchema[None],
        Query(
            description="Whether each curve has its statistics, which take a moment; left out: in JSON, not in files."
        ),
    ] = None,
) -> Response:
    """Read coefficients, statistics and end of each curve that has ended, in the order of the data.

    In files the columns of a parameter `a` are `coefficients.a` and `stderr.a`, with statistics its confidence interval
    `lower.a` and `upper.a` and the covariance `covar.a.a`, `covar.a.b`, ...
    """
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    curves = record.fit.curves or 0
    asked = format == "json" if statistics is None else statistics
    numbers = (min(curves, limit) if format == "json" else curves) * (5 + 2 * len(record.fit.parameters))
    return await answered(
        request,
        services,
        record,
        _written,
        after + 1,
        limit,
        format,
        asked,
        numbers=numbers + (numbers_of(record) if asked else 0),
        media_type=_MEDIA_TYPES[format],
        file_name=None if format == "json" else f"{record.id}.{format}",
    )


def _written(
    store: Store, record: FitRecord, first: int, limit: int, file_format: str, statistics: bool
) -> Iterator[str] | Iterator[bytes]:
    """Return the pieces of the results from a curve on, in a format; at most so many curves as JSON."""
    if file_format == "json":
        page, has_more = store.curves.ended_from(record.number, first, limit)
        return iter([_page(with_statistics(store, record, page) if statistics else page, has_more)])
    tables = tables_of(store, record, store.curves.tables(record.number, first), statistics)
    (empty,) = tables_of(store, record, [curve_results.empty_table(list(record.fit.parameters))], statistics)
    if file_format == "csv":
        return iter(curve_results.csv(tables, empty))
    return iter([curve_results.parquet(tables, empty)])


def _page(rows: Iterable[dict[str, Any]], has_more: bool) -> str:
    page = [_result(row) for row in rows]
    last = page[-1].curve if page else None
    whole = CurvePage.model_construct(object="list", data=page, has_more=has_more, last_curve=last)
    return whole.model_dump_json()


def _result(row: dict[str, Any]) -> CurveResult:
    """Return a row as the answer has it; it was checked when it was made."""
    known = row.get("statistics")
    statistics = None if known is None else Statistics.model_construct(**known)
    return CurveResult.model_construct(**{**row, "reason": Reason(row["reason"]), "statistics": statistics})
