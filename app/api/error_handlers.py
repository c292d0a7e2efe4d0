"""From exceptions to problem details; nothing of what the client sent is echoed but the names of its fields."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.api.problem_details import MOST_ERRORS, cut, pointer, problem_response
from app.jobs import errors as jobs
from app.schemas.incoming import TAG
from app.schemas.problem_details import FieldProblem

logger = logging.getLogger(__name__)

STATUS_OF_JOBS_ERROR: dict[type[jobs.JobsError], int] = {
    jobs.FitNotFoundError: 404,
    jobs.CurveNotFoundError: 404,
    jobs.ModelNotFoundError: 404,
    jobs.NoResultError: 409,
    jobs.FitFinishedError: 409,
    jobs.FitNotFinishedError: 409,
    jobs.IdempotencyConflictError: 422,
    jobs.InvalidRequestError: 422,
    jobs.TooManyLabelsError: 422,
}


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    app.exception_handler(RequestValidationError)(_on_validation_error)
    app.exception_handler(HTTPException)(_on_http_exception)
    app.exception_handler(jobs.JobsError)(_on_jobs_error)
    app.exception_handler(jobs.DatabaseError)(_on_database_error)
    app.exception_handler(Exception)(_on_exception)


def _on_validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    if _is_other_media_type(request, found):
        return problem_response(415)
    # A value that fits no branch of a union is told once for each branch.
    fields = {tuple(item["loc"][:2]) if item["loc"][0] != "body" else tuple(item["loc"]) for item in found}
    wrong = [FieldProblem(**_where(item["loc"]), detail=_words(item)) for item in found[: 2 * MOST_ERRORS]]
    count = f"{len(fields)} fields are" if len(fields) > 1 else "a field is"
    return problem_response(422, f"{count} not as expected: see errors", wrong)


def _is_other_media_type(request: Request, found: Sequence[dict[str, Any]]) -> bool:
    # FastAPI hands a body that is not declared as JSON to the model as it is, and the model wants an object.
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = media_type == "application/json" or (media_type.startswith("application/") and media_type[-5:] == "+json")
    return not is_json and any(tuple(item["loc"]) == ("body",) for item in found)


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


def _on_http_exception(_request: Request, error: HTTPException) -> JSONResponse:
    detail = None if error.detail == HTTPStatus(error.status_code).phrase else error.detail
    return problem_response(error.status_code, detail, headers=dict(error.headers or {}))


def _on_jobs_error(_request: Request, error: jobs.JobsError) -> JSONResponse:
    wrong = error.wrong if isinstance(error, jobs.InvalidRequestError) else []
    fields = [FieldProblem(pointer=pointer(field.path), detail=field.detail) for field in wrong]
    return problem_response(STATUS_OF_JOBS_ERROR.get(type(error), 500), str(error), fields)


def _on_database_error(_request: Request, error: Exception) -> JSONResponse:
    logger.error("the database did not answer: %s", error)
    detail = "the database does not answer: try again in a few seconds"
    return problem_response(503, detail, headers={"Retry-After": "5"})


def _on_exception(_request: Request, _error: Exception) -> JSONResponse:
    # The server closes the connection after an exception; a client that keeps it open must know.
    return problem_response(500, headers={"Connection": "close"})
