"""Bodies of requests, read and judged: small ones by the service itself, large ones by a calculation process."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pydantic_core
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData, Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from app.api.json_keys import twice_in
from app.api.problem_details import ProblemError, cut
from app.api.uploads import MEDIA_TYPE, DataPart, parts_of, with_data
from app.jobs.callers.caller import Caller
from app.jobs.store.of_settings import store_of_process
from app.jobs.submission.resolve import resolve
from app.schemas.numbers import with_packed_columns
from app.schemas.prediction import PredictionRequest
from app.schemas.problem_kinds import BODY_TOO_LARGE, INVALID_UPLOAD, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE
from app.schemas.request import FitRequest
from app.settings import Settings

# What a request can need of these, with room to spare.
MOST_OBJECTS_AND_FIELDS = 10_000
LISTS_A_CURVE = 4
"""Most lists of two numbers or more for each curve: y, sigma and two predictor variables."""

Model = TypeVar("Model")

_FITS: TypeAdapter[FitRequest | None] = TypeAdapter(FitRequest | None)
_POINTS = TypeAdapter(PredictionRequest)


@dataclass(frozen=True)
class LargeBody:
    """A body in a file."""

    path: Path
    content_type: str


def media_type_of(content_type: str) -> str:
    """Return the media type of a Content-Type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_json(media_type: str) -> bool:
    """Tell whether a body of this media type is JSON."""
    return media_type == "application/json" or (media_type.startswith("application/") and media_type[-5:] == "+json")


def create_from(
    body: LargeBody,
    settings: Settings,
    devices: Sequence[str],
    idempotency_key: str | None,
    fit_id: str,
    caller: Caller,
) -> str:
    """Store the fit that a body asks for, and return its id: `fit_id`, unless it came before with its key.

    Raises what the routes raise about a body that is wrong.
    """
    submission = resolve(fit_in(body, settings), settings, devices)
    return store_of_process(settings).create(submission, idempotency_key, fit_id, caller).id


def fit_in(body: LargeBody, settings: Settings) -> FitRequest:
    """Return the fit that a body asks for. Raises what the routes raise about a body that is wrong."""
    content = body.path.read_bytes()
    if media_type_of(body.content_type) == MEDIA_TYPE:
        document = read_upload(*asyncio.run(upload_parts(content, body.content_type, settings)), settings)
    else:
        document = read_json(content, settings)
    del content
    return _validated(_FITS, document) or FitRequest()


def points_in(body: LargeBody, settings: Settings) -> PredictionRequest:
    """Return the points that a body asks for. Raises what the routes raise about a body that is wrong."""
    if not is_json(media_type_of(body.content_type)):
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE)
    return _validated(_POINTS, read_json(body.path.read_bytes(), settings))


async def upload_parts(content: bytes, content_type: str, settings: Settings) -> tuple[bytes, DataPart]:
    """Return the request and the file of an upload. Raises ProblemError where one of them is missing."""
    form = await form_of(content, content_type, settings)
    try:
        return await parts_of(form)
    finally:
        await form.close()


async def form_of(content: bytes, content_type: str, settings: Settings) -> FormData:
    """Return the parts of a body, of which two may be files. Raises ProblemError for what is no form."""

    async def whole() -> AsyncGenerator[bytes, None]:
        yield content

    headers = Headers({"content-type": content_type})
    parser = MultiPartParser(headers, whole(), max_files=2, max_fields=1, max_part_size=settings.max_body_bytes)
    try:
        return await parser.parse()
    except MultiPartException as error:
        raise ProblemError(MALFORMED_BODY, error.message) from None


def read_upload(fit: bytes, data: DataPart, settings: Settings) -> Any:
    """Return the JSON of an upload with its numbers. Raises what `with_data` raises."""
    request = read_json(fit, settings)
    if not isinstance(request, dict):
        raise ProblemError(INVALID_UPLOAD, "part fit: send a JSON object")
    return with_data(request, data, settings)


def read_json(body: bytes, settings: Settings) -> Any:
    """Return the JSON of a body, with its columns of numbers packed. Raises ProblemError."""
    lists, commas = body.count(b"["), body.count(b",")
    if body.count(b":") > MOST_OBJECTS_AND_FIELDS or lists - MOST_OBJECTS_AND_FIELDS > min(
        commas // 2, LISTS_A_CURVE * settings.max_curves
    ):
        raise ProblemError(MALFORMED_BODY, "the body has more objects, lists and fields than any fit can need")
    if commas > 2 * settings.max_points + MOST_OBJECTS_AND_FIELDS:
        raise ProblemError(
            BODY_TOO_LARGE, f"the body has more numbers than the {settings.max_points} points that are allowed here"
        )
    try:
        document = pydantic_core.from_json(body)
    except ValueError as error:
        # The parser's words name a line and a column and repeat nothing of the text.
        raise ProblemError(MALFORMED_BODY, f"the body is not JSON: {error}") from None
    key = twice_in(body)
    if key is not None:
        raise ProblemError(MALFORMED_BODY, f"a key comes twice in an object of the body: {cut(key)!r}: leave one out")
    if isinstance(document, dict) and isinstance(document.get("target"), dict):
        document["target"] = with_packed_columns(document["target"])
    return document


def _validated(kind: TypeAdapter[Model], document: Any) -> Model:
    """Return what FastAPI would hand to a route. Raises RequestValidationError."""
    try:
        return kind.validate_python(document)
    except ValidationError as error:
        items = error.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in items]) from None
