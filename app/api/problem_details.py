"""Makes answers with problem details (RFC 9457)."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

from app.schemas.problem_details import MEDIA_TYPE, FieldProblem, Problem

MOST_ERRORS = 10
LONGEST_NAME = 60

DETAIL_OF_STATUS = {
    400: "the body could not be read as JSON",
    404: "there is nothing at this address: /docs shows what there is",
    405: "this address does not answer to this method: see the header Allow",
    413: "the body is larger than this service accepts",
    415: "send the body as JSON, with the header Content-Type: application/json",
    500: "the service made a mistake; its log says more. Please report it",
    503: "the service can't do this at the moment: try again in a few seconds",
}


def problem_response(
    status: int,
    detail: str | None = None,
    errors: Iterable[FieldProblem] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """An answer with problem details; of the errors, the first for each of the first few fields."""
    by_field = {(error.pointer, error.parameter): error for error in reversed(list(errors))}
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail or DETAIL_OF_STATUS.get(status, HTTPStatus(status).description),
        errors=list(reversed(by_field.values()))[:MOST_ERRORS] or None,
    )
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Error answers for the OpenAPI description of a route."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: schema}} for status in statuses}


def pointer(path: Iterable[str | int]) -> str:
    """JSON pointer (RFC 6901) to a field of the body, as URI fragment; long names are cut."""
    escaped = (cut(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "#" + "".join(f"/{part}" for part in escaped)


def cut(part: str | int) -> str:
    """A name of the client's as short as an error may repeat it: at most 60 characters of JSON."""
    text = str(part)
    while len(json.dumps(text)) > LONGEST_NAME:
        text = text[: min(len(text) - 2, LONGEST_NAME)] + "\N{HORIZONTAL ELLIPSIS}"
    return text
