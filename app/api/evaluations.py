"""Models at start values, over HTTP."""

from collections.abc import Iterator

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from app.api.bodies import BodyRoute, large_body
from app.api.judging import LargeBody, evaluation_in
from app.api.large_answers import calculated
from app.api.problem_details import OF_A_BODY, declared
from app.api.services import Provided
from app.api.streams import json_pieces
from app.api.uploads import UPLOAD_BODY
from app.jobs.worker.evaluation import Posed, evaluated, posed
from app.schemas.evaluation import Evaluation, EvaluationRequest
from app.schemas.problem_kinds import INTERNAL_ERROR, INVALID_UPLOAD
from app.settings import Settings

router = APIRouter(tags=["models"], route_class=BodyRoute)


@router.post(
    "/evaluate",
    summary="Evaluate a model at start values",
    response_model=Evaluation,
    response_description="The start values and the curve.",
    responses=declared(*OF_A_BODY, INVALID_UPLOAD, INTERNAL_ERROR),
    openapi_extra=UPLOAD_BODY,
)
async def evaluate_model(request: Request, services: Provided, evaluation: EvaluationRequest) -> Response:
    """Work out a model at start values, as a curve and with its sum of squares to data, without fitting it.

    Start values that are left out are guessed or searched for where there are data, with less effort than a fit takes.
    """
    body = large_body(request)
    if body is not None:
        content = await calculated(request, services, _evaluated_body, body, services.settings)
    else:
        begun = await run_in_threadpool(posed, evaluation, services.settings)
        if begun.needs_search:
            content = await calculated(request, services, _answered, evaluation, services.settings)
        else:
            content = await run_in_threadpool(_written, begun)
    return Response(content, media_type="application/json")


def _evaluated_body(body: LargeBody, settings: Settings) -> str:
    return _answered(evaluation_in(body, settings), settings)


def _answered(evaluation: EvaluationRequest, settings: Settings) -> str:
    return _written(posed(evaluation, settings))


def _written(begun: Posed) -> str:
    pieces: Iterator[str] = json_pieces(evaluated(begun))
    return "".join(pieces)
