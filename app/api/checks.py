"""Models looked at before they are fitted, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body

from app.api.bodies import SmallBodyRoute
from app.api.problem_details import declared
from app.jobs.submission import model_check
from app.schemas.check import CheckedModel, CheckRequest
from app.schemas.examples import CHECK_EXAMPLES
from app.schemas.problem_kinds import (
    BODY_TOO_LARGE,
    INTERNAL_ERROR,
    INVALID_FIELDS,
    INVALID_REQUEST,
    MALFORMED_BODY,
    UNSUPPORTED_MEDIA_TYPE,
)

router = APIRouter(tags=["models"], route_class=SmallBodyRoute)


@router.post(
    "/check",
    summary="Check a model",
    response_description="The model, as a fit would take it.",
    responses=declared(
        MALFORMED_BODY, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_FIELDS, INVALID_REQUEST, INTERNAL_ERROR
    ),
)
def check_model(check: Annotated[CheckRequest, Body(openapi_examples=CHECK_EXAMPLES)]) -> CheckedModel:
    """Check a model without fitting it: its parameters, whether it is linear in them, and how it is written.

    What `POST /fit` would refuse is refused in the same words; of a formula `errors` has the `position` of the error.
    """
    return model_check.check_model(check)
