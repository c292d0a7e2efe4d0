"""Request bodies: limits of their size, and a way to read them that does not hold up other requests."""

from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import pydantic_core
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, UploadFile
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problem_details import ProblemError, problem_response
from app.api.uploads import is_upload, parts_of, with_data
from app.schemas.numbers import with_packed_columns
from app.schemas.problem_kinds import BODY_TOO_LARGE, INVALID_UPLOAD, MALFORMED_BODY
from app.settings import Settings

# What a request can need of these, with room to spare; a body of millions would block the service while it is judged.
MOST_OBJECTS_AND_FIELDS = 10_000
LISTS_A_CURVE = 4
"""Most lists of two numbers or more for each curve: y, sigma and two predictor variables."""

SMALL_BODY_BYTES = 2**14
"""A body up to this is read at once, in less time than a thread would take to be handed it."""
LARGE_BODY_BYTES = 2**20
_one_at_a_time = anyio.CapacityLimiter(1)
"""Lets one large body at a time be read: meanwhile a number takes ten times the memory that it takes later."""


class BodyLimit:
    """Middleware that refuses a body that is too large: at once if a header says so, else after too many bytes.

    FastAPI's own limit answers the first of these in plain text.
    """

    def __init__(self, app: ASGIApp, max_body_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, as ASGI defines it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self.max_body_bytes:
            await problem_response(BODY_TOO_LARGE, headers={"Connection": "close"})(scope, receive, send)
            return
        received = 0

        async def receive_up_to_limit() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_body_bytes:
                raise ProblemError(BODY_TOO_LARGE)
            return message

        await self.app(scope, receive_up_to_limit, send)


class FitRoute(APIRoute):
    """A route whose body, JSON or an upload, is read beside the event loop."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the route's handler, which reads the body in a thread of its own."""
        handle = super().get_route_handler()

        async def handle_checked(request: Request) -> Response:
            if self.body_field is not None and is_upload(request):
                return await handle(_ReadRequest(request, await _read_upload(request)))
            return await handle(_CheckedRequest(request.scope, request.receive))

        return handle_checked


class _CheckedRequest(Request):
    async def json(self) -> Any:
        body = await self.body()
        settings = self.app.state.services.settings
        return await _beside_the_loop(_read, body, settings, size=len(body))


class _ReadRequest(Request):
    """A request whose body has been read already; FastAPI gets the outcome as if it were JSON."""

    def __init__(self, request: Request, body: Any) -> None:
        others = [header for header in request.scope["headers"] if header[0] != b"content-type"]
        super().__init__({**request.scope, "headers": [*others, (b"content-type", b"application/json")]})
        self._read_body = body

    async def body(self) -> bytes:
        return b"{}"

    async def json(self) -> Any:
        return self._read_body


async def _read_upload(request: Request) -> Any:
    settings = request.app.state.services.settings
    async with request.form(max_files=2, max_fields=1, max_part_size=settings.max_body_bytes) as form:
        fit, data = await parts_of(form)
        return await _beside_the_loop(_read_parts, fit, data, settings, size=len(fit) + (data.size or 0))


def _read_parts(fit: bytes, data: UploadFile, settings: Settings) -> Any:
    request = _read(fit, settings)
    if not isinstance(request, dict):
        raise ProblemError(INVALID_UPLOAD, "part fit: send a JSON object")
    return with_data(request, data, settings)


def _read(body: bytes, settings: Settings) -> Any:
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
    if isinstance(document, dict) and isinstance(document.get("target"), dict):
        document["target"] = with_packed_columns(document["target"])
    return document


async def _beside_the_loop(read: Callable[..., Any], *arguments: Any, size: int) -> Any:
    if size <= SMALL_BODY_BYTES:
        return read(*arguments)
    limiter = _one_at_a_time if size > LARGE_BODY_BYTES else None
    return await anyio.to_thread.run_sync(read, *arguments, limiter=limiter)
