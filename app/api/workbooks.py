"""A fit as a workbook of a spreadsheet, over HTTP."""

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from app.api.entity_tags import NOT_MODIFIED
from app.api.large_answers import answered
from app.api.path_parameters import FitId
from app.api.problem_details import OF_A_CALCULATION, OF_KEPT_DATA, declared
from app.api.services import Provided
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.views.workbook import workbook_of
from app.schemas.problem_kinds import INVALID_FIELDS

router = APIRouter(tags=["fits"])

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FILE: dict[str, Any] = {_XLSX: {"schema": {"type": "string", "format": "binary"}}}


@router.get(
    "/fit/{fit_id}/workbook",
    summary="Download a workbook",
    response_class=Response,
    response_description="The workbook (XLSX).",
    responses={
        200: {"content": _FILE},
        **NOT_MODIFIED,
        **declared(*OF_KEPT_DATA, *OF_A_CALCULATION, INVALID_FIELDS),
    },
)
async def download_workbook(request: Request, services: Provided, fit_id: FitId) -> Response:
    """Download a fit as a workbook: sheets with statistics, coefficients, data with fitted values and residuals, and
    the curve with its bands; of many curves a row for each.
    """
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    return await answered(
        request, services, record, _written, numbers=float("inf"), media_type=_XLSX, file_name=f"{record.id}.xlsx"
    )


def _written(store: Store, record: FitRecord) -> Iterator[bytes]:
    return iter([workbook_of(store, record)])
