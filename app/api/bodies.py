"""Request bodies: limits of their size, and a way to read them that does not hold up other requests."""

from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any, ClassVar

import anyio
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.judging import LargeBody, is_json, media_type_of, read_json, read_upload, upload_parts
from app.api.problem_details import ProblemError, problem_response
from app.api.services import Services
from app.api.uploads import MEDIA_TYPE
from app.jobs.calculations.spool import SpooledFile
from app.jobs.data.files import is_packed
from app.schemas.problem_kinds import BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE
from app.settings import Settings

SMALL_BODY_BYTES = 2**14
"""A body up to this is read at once, in less time than a thread would take to be handed it."""
LARGE_BODY_BYTES = 2**18
"""A larger body is read in a calculation process, as a file is that may unpack to much: it would hold up others."""

FileWith = Callable[[bytes], SpooledFile]
"""Returns a new file that has so much already, and is deleted with its request."""


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


class BodyRoute(APIRoute):
    """A route whose body is read beside the event loop: a large one in a file, which its route hands to a process."""

    takes_large: ClassVar[bool] = True
    """Whether its body may be a large one."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the route's handler, which gets the body read."""
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle

        async def handle_read(request: Request) -> Response:
            services: Services = request.app.state.services
            with ExitStack() as files:
                file_with = files_of(services, files) if self.takes_large else _refuse
                content = await received(request, file_with)
                return await handle(await _as_json(request, content, services.settings, file_with))

        return handle_read


class SmallBodyRoute(BodyRoute):
    """A route that refuses a large body."""

    takes_large = False


def large_body(request: Request) -> LargeBody | None:
    """Return the body of a request if it is in a file; the body that the route got is empty then."""
    body: LargeBody | None = getattr(request.state, "large_body", None)
    return body


def release_body(request: Request) -> None:
    """Delete the file of a body that was read, before its request ends."""
    request.state.file.close()


def files_of(services: Services, files: ExitStack) -> FileWith:
    """Return what makes files that are deleted with `files`."""

    def file_with(content: bytes) -> SpooledFile:
        file = services.spool.file()
        files.callback(file.close)
        file.write(content)
        return file

    return file_with


def _refuse(content: bytes) -> SpooledFile:  # noqa: ARG001 - whatever it is, it is too large
    raise ProblemError(BODY_TOO_LARGE, f"send at most {LARGE_BODY_BYTES} bytes here")


async def received(request: Request, file_with: FileWith) -> bytes | SpooledFile:
    """Return the body of a request, or the file in which it is. Raises TooMuchInFlightError."""
    content, file = bytearray(), None
    async for chunk in request.stream():
        if file is None and len(content) + len(chunk) > LARGE_BODY_BYTES:
            file = file_with(bytes(content))
        if file is None:
            content += chunk
        else:
            file.write(chunk)
    return bytes(content) if file is None else file


async def _as_json(request: Request, content: bytes | SpooledFile, settings: Settings, file_with: FileWith) -> Request:
    """Return a request whose body FastAPI gets as JSON. Raises what the routes raise about a body that is wrong."""
    content_type = request.headers.get("content-type", "")
    media_type = media_type_of(content_type)
    parts = None
    if media_type == MEDIA_TYPE and not isinstance(content, SpooledFile):
        parts = await upload_parts(content, content_type, settings)
        if is_packed(parts[1].content):
            content = file_with(content)
    if isinstance(content, SpooledFile):
        if media_type != MEDIA_TYPE and not is_json(media_type):
            raise ProblemError(UNSUPPORTED_MEDIA_TYPE)
        request.state.file = content
        request.state.large_body = LargeBody(content.path, content_type)
        return _ReadRequest(request, {})
    if parts is not None:
        return _ReadRequest(request, await _beside_the_loop(read_upload, *parts, settings, size=len(content)))
    return _SmallRequest(request, content)


class _SmallRequest(Request):
    """A request whose body was received already."""

    def __init__(self, request: Request, content: bytes) -> None:
        super().__init__(request.scope, request.receive)
        self._content = content

    async def body(self) -> bytes:
        return self._content

    async def json(self) -> Any:
        settings = self.app.state.services.settings
        return await _beside_the_loop(read_json, self._content, settings, size=len(self._content))


class _ReadRequest(Request):
    """A request whose body has been read already; FastAPI gets the outcome as if it were JSON."""

    def __init__(self, request: Request, body: Any) -> None:
        others = [header for header in request.scope["headers"] if header[0] != b"content-type"]
        scope = {**request.scope, "headers": [*others, (b"content-type", b"application/json")]}
        super().__init__(scope, request.receive)
        self._read_body = body

    async def body(self) -> bytes:
        return b"{}"

    async def json(self) -> Any:
        return self._read_body


async def _beside_the_loop(read: Callable[..., Any], *arguments: Any, size: int) -> Any:
    return read(*arguments) if size <= SMALL_BODY_BYTES else await anyio.to_thread.run_sync(read, *arguments)
