"""Quantities that follow from the coefficients of a fit, over HTTP."""

import math
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from starlette.concurrency import run_in_threadpool

from app.api.bodies import SmallBodyRoute
from app.api.large_answers import answered, numbers_of
from app.api.path_parameters import FitId
from app.api.problem_details import OF_A_BODY, OF_KEPT_DATA, declared
from app.api.services import Provided
from app.api.streams import json_pieces
from app.jobs.results.derived import derived
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.derived import DerivedPage, DeriveRequest
from app.schemas.examples import DERIVE_EXAMPLES
from app.schemas.problem_kinds import CURVE_NOT_FOUND, NO_RESULT

router = APIRouter(tags=["fits"], route_class=SmallBodyRoute)


@router.post(
    "/fit/{fit_id}/derive",
    summary="Derive quantities from the coefficients",
    response_model=DerivedPage,
    response_description="The quantities with their errors: of the only curve, or a page of many.",
    responses=declared(*OF_A_BODY, *OF_KEPT_DATA, CURVE_NOT_FOUND, NO_RESULT),
)
async def derive_quantities(
    request: Request,
    services: Provided,
    fit_id: FitId,
    wanted: Annotated[DeriveRequest, Body(openapi_examples=DERIVE_EXAMPLES)],
) -> Response:
    """Work out quantities that follow from the coefficients - an EC90, a half-life, the area under the curve - with
    standard errors, intervals and covariance.

    Errors follow from the covariance of the coefficients by linear propagation (the delta method).
    """
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    return await answered(
        request,
        services,
        record,
        _derived,
        wanted,
        numbers=_numbers(record, wanted),
        media_type="application/json",
    )


def _numbers(record: FitRecord, wanted: DeriveRequest) -> float:
    """Return roughly how many numbers are read and written; an integral may take as long as very many."""
    if not all(isinstance(quantity, str) for quantity in wanted.quantities.values()):
        return math.inf
    if record.fit.curves is None:
        return len(wanted.quantities) ** 2
    curves = min(record.fit.curves, wanted.limit if wanted.curves is None else len(wanted.curves))
    return curves * len(wanted.quantities) ** 2 + numbers_of(record)


def _derived(store: Store, record: FitRecord, wanted: DeriveRequest) -> Iterator[str]:
    """Return the pieces of an answer."""
    return json_pieces(derived(store, record, wanted))
