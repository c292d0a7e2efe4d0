"""The x at which a fitted model has given responses, over HTTP."""

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
from app.jobs.results.inverse import inverse
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.schemas.examples import INVERSE_EXAMPLES
from app.schemas.inverse import InversePrediction, InverseRequest
from app.schemas.problem_kinds import CURVE_NOT_FOUND, NO_RESULT

router = APIRouter(tags=["fits"], route_class=SmallBodyRoute)

_NUMBERS_OF_ONE = 500
"""How many numbers of an answer take as long as one unknown."""
_NUMBERS_OF_CHARACTER = 20
"""How many numbers of an answer take as long as a character of the formula, which is worked out on a grid."""


@router.post(
    "/fit/{fit_id}/inverse",
    summary="Find x for given y",
    response_model=InversePrediction,
    response_description="x with its limits, for each y.",
    responses=declared(*OF_A_BODY, *OF_KEPT_DATA, CURVE_NOT_FOUND, NO_RESULT),
)
async def find_unknowns(
    request: Request,
    services: Provided,
    fit_id: FitId,
    unknowns: Annotated[InverseRequest, Body(openapi_examples=INVERSE_EXAMPLES)],
) -> Response:
    """Find the x at which the fitted model has given responses: unknowns from a standard curve, a dose for an effect.

    Each x has a standard error and limits, which hold for a single unknown with the confidence level. Where the model
    is flat there may be a limit on one side only, or none; where it rises and falls, several x may have one y.
    """
    record = await run_in_threadpool(services.store.get_kept, fit_id)
    return await answered(
        request,
        services,
        record,
        _found,
        unknowns,
        numbers=_numbers(record, unknowns),
        media_type="application/json",
    )


def _numbers(record: FitRecord, unknowns: InverseRequest) -> float:
    """Return roughly how many numbers are read and written; a profile takes as long as very many."""
    if unknowns.interval == "profile":
        return math.inf
    grid = _NUMBERS_OF_CHARACTER * len(record.formula or "")
    return numbers_of(record) + _NUMBERS_OF_ONE * len(unknowns.y) + grid


def _found(store: Store, record: FitRecord, unknowns: InverseRequest) -> Iterator[str]:
    """Return the pieces of an answer."""
    return json_pieces(inverse(store, record, unknowns))
