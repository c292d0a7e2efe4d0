"""Request bodies: how large they may be, and that a strange one does not hold up everyone else."""

from collections.abc import Callable, Coroutine
from typing import Any

import pydantic_core
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem_response

# What a request can need of these, with room to spare; a body of millions would block the service while it is judged.
MOST_OBJECTS_AND_FIELDS = 10_000


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


class FitRoute(APIRoute):
    """A route whose JSON body is read beside the event loop."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's way to another class of request."""
        handle = super().get_route_handler()

        async def handle_checked(request: Request) -> Response:
            return await handle(_CheckedRequest(request.scope, request.receive))

        return handle_checked


class _CheckedRequest(Request):
    async def json(self) -> Any:
        body = await self.body()
        if body.count(b":") > MOST_OBJECTS_AND_FIELDS or body.count(b"[") > MOST_OBJECTS_AND_FIELDS:
            raise HTTPException(400, "the body has more objects, lists and fields than any fit can need")
        most_points = self.app.state.services.settings.max_points
        if body.count(b",") > 2 * most_points + MOST_OBJECTS_AND_FIELDS:
            raise HTTPException(413, f"the body has more numbers than the {most_points} points that are allowed here")
        try:
            return await run_in_threadpool(pydantic_core.from_json, body)
        except ValueError as error:
            # The parser's words name a line and a column and repeat nothing of the text.
            raise HTTPException(400, f"the body is not JSON: {error}") from None
