"""From exceptions to problem details (RFC 9457); nothing of what the client sent is echoed."""

import logging
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.jobs import errors as jobs
from app.schemas.problem import MEDIA_TYPE, FieldProblem, Problem
from app.schemas.request import UNION_TAGS

logger = logging.getLogger(__name__)

MOST_ERRORS = 20
LONGEST_NAME = 60

STATUS_OF_JOBS_ERROR: dict[type[jobs.JobsError], int] = {
    jobs.FitNotFoundError: 404,
    jobs.FitFinishedError: 409,
    jobs.FitNotFinishedError: 409,
    jobs.IdempotencyConflictError: 422,
    jobs.InvalidRequestError: 422,
}

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
    """An answer with problem details."""
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail or DETAIL_OF_STATUS.get(status, HTTPStatus(status).description),
        errors=list(errors)[:MOST_ERRORS] or None,
    )
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Error answers for the OpenAPI description of a route."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: schema}} for status in statuses}


def install(app: FastAPI, max_body_bytes: int) -> None:
    """Make every error of the app a problem."""
    app.exception_handler(RequestValidationError)(_on_validation_error)
    app.exception_handler(HTTPException)(_on_http_exception)
    app.exception_handler(jobs.JobsError)(_on_jobs_error)
    app.exception_handler(jobs.DatabaseError)(_on_database_error)
    app.exception_handler(Exception)(_on_exception)
    app.add_middleware(BodyLimit, max_body_bytes=max_body_bytes)


class BodyLimit:
    """Refuses a body that is too large: at once if it says so, else as soon as the bytes that came are too many.

    FastAPI's own limit answers the first kind in plain text.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self.max_body_bytes:
            await problem_response(413, headers={"Connection": "close"})(scope, receive, send)
            return
        received = 0

        async def receive_up_to_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_body_bytes:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_up_to_limit, send)


def _on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if _is_other_media_type(request, found):
        return problem_response(415)
    if any(item["type"] == "json_invalid" for item in found):
        position = found[0]["loc"][-1]
        return problem_response(400, f"the body is not JSON: it can't be read from character {position} on")
    wrong = [FieldProblem(**_where(item["loc"]), detail=_words(item)) for item in found[:MOST_ERRORS]]
    count = f"{len(found)} fields are" if len(found) > 1 else "a field is"
    return problem_response(422, f"{count} not as expected: see errors", wrong)


def _is_other_media_type(request: Request, found: Sequence[dict[str, Any]]) -> bool:
    # FastAPI hands a body that is not declared as JSON to the model as it is, and the model wants an object.
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = media_type == "application/json" or (media_type.startswith("application/") and media_type[-5:] == "+json")
    return not is_json and any(tuple(item["loc"]) == ("body",) for item in found)


def _where(location: Sequence[str | int]) -> dict[str, str]:
    place, *path = location
    if place != "body":
        return {"parameter": _cut(path[0]) if path else str(place)}
    return {"pointer": _pointer(part for part in path if part not in UNION_TAGS)}


def _pointer(path: Iterable[str | int]) -> str:
    escaped = (_cut(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "#" + "".join(f"/{part}" for part in escaped)


def _cut(part: str | int) -> str:
    text = str(part)
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 3] + "..."


def _words(item: dict[str, Any]) -> str:
    if item["type"] == "extra_forbidden":
        return "there is no such field"
    words: str = item["msg"]
    return words[:1].lower() + words[1:]


def _on_http_exception(_request: Request, error: HTTPException) -> JSONResponse:
    return problem_response(error.status_code, headers=dict(error.headers or {}))


def _on_jobs_error(_request: Request, error: jobs.JobsError) -> JSONResponse:
    status = STATUS_OF_JOBS_ERROR.get(type(error), 500)
    wrong = error.wrong if isinstance(error, jobs.InvalidRequestError) else []
    fields = [FieldProblem(pointer=_pointer(field.path), detail=field.detail) for field in wrong]
    return problem_response(status, str(error), fields)


def _on_database_error(_request: Request, error: Exception) -> JSONResponse:
    logger.error("the database did not answer", exc_info=error)
    return problem_response(503, "the database does not answer: try again in a few seconds", headers=RETRY)


def _on_exception(_request: Request, _error: Exception) -> JSONResponse:
    return problem_response(500)


RETRY = {"Retry-After": "5"}
