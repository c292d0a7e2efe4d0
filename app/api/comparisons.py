"""Fits compared over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from starlette.concurrency import run_in_threadpool

from app.api.bodies import SmallBodyRoute
from app.api.large_answers import MOST_NUMBERS, calculated, numbers_of
from app.api.problem_details import OF_A_BODY, OF_KEPT_DATA, declared
from app.api.services import Provided
from app.api.streams import json_pieces
from app.jobs.callers.caller import Reader
from app.jobs.results.comparison import compare
from app.jobs.store.fits import Store
from app.jobs.store.of_settings import store_of_process
from app.schemas.comparison import CompareRequest, Comparison
from app.schemas.examples import COMPARE_EXAMPLES
from app.schemas.problem_kinds import NO_RESULT
from app.settings import Settings

router = APIRouter(tags=["fits"], route_class=SmallBodyRoute)

_NUMBERS_OF_PAIR = 5_000
"""How many numbers of an answer take as long as it may take to see whether one of two models is nested in the other."""


@router.post(
    "/compare",
    summary="Compare fits of the same data",
    response_model=Comparison,
    response_description="The fits side by side, and tests of those that are special cases of others.",
    responses=declared(*OF_A_BODY, *OF_KEPT_DATA, NO_RESULT),
)
async def compare_fits(
    request: Request,
    services: Provided,
    wanted: Annotated[CompareRequest, Body(openapi_examples=COMPARE_EXAMPLES)],
) -> Response:
    """Compare models that were fitted to the same data: AIC, AICc and BIC, Akaike weights and evidence ratios; and
    where one is a special case of another, the F test by the extra sum of squares, or its like where the variance is
    known and for counts.

    Fits of other data, or with another loss or response, are refused with the difference in words.
    """
    records = await run_in_threadpool(lambda: [services.store.get_kept(fit) for fit in wanted.fits])
    pairs = len(records) * (len(records) - 1) // 2
    if sum(map(numbers_of, records)) + _NUMBERS_OF_PAIR * pairs <= MOST_NUMBERS:
        content = await run_in_threadpool(_compared, services.store, wanted)
    else:
        content = await calculated(
            request, services, _compared_in_process, services.settings, services.store.reader, wanted
        )
    return Response(content, media_type="application/json")


def _compared_in_process(settings: Settings, reader: Reader, wanted: CompareRequest) -> str:
    return _compared(store_of_process(settings).of(reader), wanted)


def _compared(store: Store, wanted: CompareRequest) -> str:
    return "".join(json_pieces(compare(store, wanted)))
