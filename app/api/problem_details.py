"""Answers with problem details (RFC 9457)."""

import json
from collections import defaultdict
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.schemas.problem_details import MEDIA_TYPE, MOST_ERRORS, FieldProblem, Problem
from app.schemas.problem_kinds import (
    BODY_TOO_LARGE,
    CALCULATION_STOPPED,
    CALCULATION_TOO_LARGE,
    DATABASE_UNAVAILABLE,
    FIT_DAMAGED,
    FIT_EXPIRED,
    FIT_NOT_FOUND,
    INTERNAL_ERROR,
    INVALID_FIELDS,
    INVALID_REQUEST,
    MALFORMED_BODY,
    SERVICE_STOPPING,
    STORAGE_FULL,
    TOO_MUCH_IN_FLIGHT,
    UNSUPPORTED_MEDIA_TYPE,
    ProblemKind,
)

LONGEST_NAME = 60
RETRY_LATER = {"Retry-After": "5"}
"""The header that says after how many seconds a client may try again what could not be done at the moment."""

# What many routes declare.
OF_THE_STORE = (INTERNAL_ERROR, DATABASE_UNAVAILABLE, SERVICE_STOPPING, STORAGE_FULL)
OF_A_FIT = (FIT_NOT_FOUND, FIT_DAMAGED, *OF_THE_STORE)
OF_KEPT_DATA = (FIT_EXPIRED, *OF_A_FIT)
OF_A_CALCULATION = (CALCULATION_TOO_LARGE, CALCULATION_STOPPED, TOO_MUCH_IN_FLIGHT)
OF_A_BODY = (
    MALFORMED_BODY,
    BODY_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_FIELDS,
    INVALID_REQUEST,
    *OF_A_CALCULATION,
)


class ProblemError(HTTPException):
    """An error that a request over HTTP makes, answered with a problem of its kind."""

    def __init__(self, kind: ProblemKind, detail: str | None = None) -> None:
        super().__init__(kind.status, detail or kind.detail)
        self.kind = kind


def problem_response(
    kind: ProblemKind,
    detail: str | None = None,
    errors: Iterable[FieldProblem] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return an answer with problem details; of the errors, the first of each field, for at most MOST_ERRORS fields."""
    by_field = {(error.pointer, error.parameter): error for error in reversed(list(errors))}
    document = _document(kind, detail or kind.detail, list(reversed(by_field.values()))[:MOST_ERRORS])
    return JSONResponse(document, kind.status, headers, MEDIA_TYPE)


def example(kind: ProblemKind) -> dict[str, Any]:
    """Return a document of this kind as a client may get it."""
    return _document(kind, kind.detail)


def declared(*kinds: ProblemKind) -> dict[int | str, dict[str, Any]]:
    """Return the error answers of a route for its OpenAPI description, an example for each kind of problem."""
    of_status: defaultdict[int | str, list[ProblemKind]] = defaultdict(list)
    for kind in sorted(kinds, key=lambda kind: kind.status):
        of_status[kind.status].append(kind)
    return {status: _declared(kinds) for status, kinds in of_status.items()}


def _declared(kinds: list[ProblemKind]) -> dict[str, Any]:
    content = {
        "schema": {"$ref": "#/components/schemas/Problem"},
        "examples": {kind.slug: {"summary": kind.title, "value": example(kind)} for kind in kinds},
    }
    types = ", ".join(f"`{kind.type}`" for kind in kinds)
    return {"description": f"{HTTPStatus(kinds[0].status).phrase}: {types}", "content": {MEDIA_TYPE: content}}


def _document(kind: ProblemKind, detail: str, errors: list[FieldProblem] | None = None) -> dict[str, Any]:
    problem = Problem(type=kind.type, title=kind.title, status=kind.status, detail=detail, errors=errors or None)
    return problem.model_dump(exclude_none=True)


def pointer(path: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) to a field of the body, as URI fragment; long names are cut."""
    escaped = (cut(part).replace("~", "~0").replace("/", "~1") for part in path)
    return "#" + "".join(f"/{part}" for part in escaped)


def cut(part: str | int) -> str:
    """Return a name that the client sent, as short as an error may repeat it: at most 60 characters of JSON."""
    text = str(part)
    while len(json.dumps(text)) > LONGEST_NAME:
        text = text[: min(len(text) - 2, LONGEST_NAME)] + "\N{HORIZONTAL ELLIPSIS}"
    return text
