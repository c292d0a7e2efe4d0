"""Results of many curves over HTTP: pages of rows, or all of them as a file."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from app.api.path_parameters import FitId
from app.api.problem_details import OF_A_FIT, declared
from app.api.services import Provided
from app.jobs.data import curve_results
from app.schemas.problem_kinds import INVALID_FIELDS
from app.schemas.response import CurvePage, CurveResult
from app.schemas.status import Reason

router = APIRouter(tags=["fits"])

_FILES: dict[str, Any] = {
    "text/csv": {"schema": {"type": "string"}},
    "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
}


@router.get(
    "/fit/{fit_id}/curves",
    summary="Read the results of many curves",
    response_model=CurvePage,
    response_description="The rows, as a page of JSON, or all as a file.",
    responses={200: {"content": _FILES}, **declared(*OF_A_FIT, INVALID_FIELDS)},
)
def get_curves(
    services: Provided,
    fit_id: FitId,
    after: Annotated[int, Query(ge=-1, description="Only curves after this one (`last_curve` of a page).")] = -1,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Curves on a page of JSON.")] = 100,
    format: Annotated[  # noqa: A002
        Literal["json", "csv", "parquet"], Query(description="`json`: a page. `csv`, `parquet`: all after `after`.")
    ] = "json",
) -> Response:
    """Read coefficients, standard errors and end of each curve that has ended, in the order of the data.

    In files the columns of a parameter `a` are `coefficients.a` and `stderr.a`.
    """
    record = services.store.get(fit_id)
    if format == "json":
        return _page(curve_results.rows(services.store.curve_tables(record.number, after + 1, limit + 1)), limit)
    tables = services.store.curve_tables(record.number, after + 1)
    disposition = {"Content-Disposition": f'attachment; filename="{record.id}.{format}"'}
    if format == "csv":
        return StreamingResponse(curve_results.csv(tables), media_type="text/csv", headers=disposition)
    parquet = curve_results.parquet(tables)
    return Response(parquet, media_type="application/vnd.apache.parquet", headers=disposition)


def _page(rows: list[dict[str, Any]], limit: int) -> Response:
    page = [CurveResult.model_construct(**{**row, "reason": Reason(row["reason"])}) for row in rows[:limit]]
    last = page[-1].curve if page else None
    whole = CurvePage.model_construct(object="list", data=page, has_more=len(rows) > limit, last_curve=last)
    return Response(whole.model_dump_json(), media_type="application/json")
