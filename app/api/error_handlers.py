"""Handlers that answer exceptions with problem details. Of what the client sent, they echo only the names of fields."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.api.judging import is_json, media_type_of
from app.api.methods import allowed
from app.api.problem_details import RETRY_LATER, ProblemError, cut, pointer, problem_response
from app.api.unexpected_errors import in_words
from app.jobs.errors import InvalidRequestError, JobsError, QueueFullError, UnavailableError, UnreadableError
from app.schemas import problem_kinds
from app.schemas.incoming import TAG
from app.schemas.problem_details import MOST_ERRORS, FieldProblem

logger = logging.getLogger(__name__)

KIND_OF_STATUS = {
    kind.status: kind
    for kind in (
        problem_kinds.MALFORMED_BODY,
        problem_kinds.ADDRESS_NOT_FOUND,
        problem_kinds.METHOD_NOT_ALLOWED,
        problem_kinds.BODY_TOO_LARGE,
    )
}
"""The kind of problem for each HTTP status that FastAPI and Starlette raise by themselves."""


def install(app: FastAPI) -> None:
    """Answer every error that is foreseen with problem details; all others are left to `UnexpectedErrors`."""
    app.exception_handler(RequestValidationError)(_on_validation_error)
    app.exception_handler(HTTPException)(_on_http_exception)
    app.exception_handler(JobsError)(_on_jobs_error)


def _on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    items = error.errors()
    if _is_other_media_type(request, items):
        return problem_response(problem_kinds.UNSUPPORTED_MEDIA_TYPE)
    # A value that fits no branch of a union is told once for each branch.
    fields = {tuple(item["loc"][:2]) if item["loc"][0] != "body" else tuple(item["loc"]) for item in items}
    wrong = [
        FieldProblem(**_where(item["loc"]), detail=_words(item), position=_position(item))
        for item in items[: 2 * MOST_ERRORS]
    ]
    count = f"{len(fields)} fields are" if len(fields) > 1 else "a field is"
    return problem_response(problem_kinds.INVALID_FIELDS, f"{count} not as expected: see errors", wrong)


def _is_other_media_type(request: Request, items: Sequence[dict[str, Any]]) -> bool:
    # FastAPI hands a body that is not declared as JSON to the model as it is, and the model wants an object.
    media_type = media_type_of(request.headers.get("content-type", ""))
    return not is_json(media_type) and any(tuple(item["loc"]) == ("body",) for item in items)


def _where(location: Sequence[str | int]) -> dict[str, str]:
    place, *path = location
    if place != "body":
        return {"parameter": cut(path[0]) if path else str(place)}
    if path and path[-1] == "[key]":
        path.pop()
    # A label of the client's own may look like a tag.
    is_label = path[:1] == ["metadata"]
    return {"pointer": pointer(part for part in path if is_label or not str(part).startswith(TAG))}


def _words(item: dict[str, Any]) -> str:
    if item["type"] == "extra_forbidden":
        return "there is no such field"
    words: str = item["msg"]
    return words[:1].lower() + words[1:]


def _position(item: dict[str, Any]) -> int | None:
    return item["ctx"].get("position") if item["type"] == "formula" and "ctx" in item else None


def _on_http_exception(request: Request, error: HTTPException) -> JSONResponse:
    kind = error.kind if isinstance(error, ProblemError) else KIND_OF_STATUS.get(error.status_code)
    if kind is None:
        raise error
    detail = None if error.detail == HTTPStatus(error.status_code).phrase else error.detail
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names the methods of the first route only.
        headers["Allow"] = allowed(request) or headers["Allow"].replace("GET", "GET, HEAD")
    return problem_response(kind, detail, headers=headers)


def _on_jobs_error(request: Request, error: JobsError) -> JSONResponse:
    if isinstance(error, UnreadableError):
        logger.error("%s: what is kept can't be read", in_words(request.scope), exc_info=error)
    wrong = error.wrong if isinstance(error, InvalidRequestError) else []
    fields = [
        FieldProblem(pointer=pointer(field.path), detail=field.detail, position=field.position) for field in wrong
    ]
    return problem_response(error.problem, str(error), fields, _when_again(error))


def _when_again(error: JobsError) -> dict[str, str]:
    """Return the headers that say when to try again (draft-ietf-httpapi-ratelimit-headers-10)."""
    if isinstance(error, UnavailableError):
        return RETRY_LATER
    if not isinstance(error, QueueFullError):
        return {}
    return {
        "Retry-After": str(error.seconds),
        "RateLimit-Policy": f'"queue";q={error.limit};qu="concurrent-requests"',
        "RateLimit": f'"queue";r=0;t={error.seconds}',
    }
