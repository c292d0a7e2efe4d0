"""Connections of clients: how many are served at once, and how long one may be silent or not read.

uvicorn has no bounds of its own for what a client leaves half done; here its protocol gets them.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import h11
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.api.problem_details import RETRY_LATER, problem_response
from app.api.security.response_headers import ResponseHeaders
from app.descriptors import CONNECTIONS_BEYOND
from app.schemas.problem_kinds import REQUEST_TOO_SLOW, TOO_MANY_CONNECTIONS
from app.seldom import Seldom
from app.settings import Settings

_LIVEZ = "/livez"


class Crowd:
    """All connections of a service: up to so many are served, those beyond are only told so."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._served: set[BoundedConnection] = set()
        self._beyond: dict[BoundedConnection, None] = {}
        self._log = Seldom(f"{most} connections are open, as many as FIT_MAX_CONNECTIONS lets: further ones get 503")

    def enter(self, connection: "BoundedConnection") -> bool:
        """Take a connection in, and return whether it is served; of too many beyond the limit the oldest is cut off."""
        if len(self._served) < self._most:
            self._served.add(connection)
            return True
        self._log.tell()
        if len(self._beyond) >= CONNECTIONS_BEYOND:
            oldest = next(iter(self._beyond))
            del self._beyond[oldest]
            oldest.transport.abort()
        self._beyond[connection] = None
        return False

    def leave(self, connection: "BoundedConnection") -> None:
        """Let a connection go, which is closed."""
        self._served.discard(connection)
        self._beyond.pop(connection, None)


class BoundedConnection(H11Protocol):
    """A connection that ends when its client sends half a request, or does not read, for too long."""

    def __init__(self, *arguments: Any, settings: Settings, crowd: Crowd, **others: Any) -> None:
        super().__init__(*arguments, **others)
        self._settings, self._crowd = settings, crowd
        self._phase: object = None
        """The part of a request that is awaited, in h11's words."""
        self._request_timer: asyncio.TimerHandle | None = None
        self._heard = self._was_paused = False
        self._reader_timer: asyncio.TimerHandle | None = None
        self._unread_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin: wait for a request."""
        super().connection_made(transport)
        # The buffer is empty then unless the client does not read, and each answer waits until it is.
        transport.set_write_buffer_limits(high=0)
        if not self._crowd.enter(self):
            self.app = cast("Any", ResponseHeaders(_OneTooMany(self.app, self._settings.root_path)))
        self._watch_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """End: nothing is awaited any more."""
        _stop(self._request_timer)
        _stop(self._reader_timer)
        self._crowd.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Go on with a request of which more has come."""
        self._heard = True
        super().data_received(data)

    def handle_events(self) -> None:
        """Do what the bytes that have come say, and wait for what comes next."""
        super().handle_events()
        self._watch_request()

    def pause_writing(self) -> None:
        """Hold the answer back, because the client does not read, and give it so long."""
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        """Go on with the answer: the client has read all of it so far."""
        super().resume_writing()
        _stop(self._reader_timer)

    def _watch_request(self) -> None:
        if self.conn.their_state is self._phase:
            return
        self._phase = self.conn.their_state
        _stop(self._request_timer)
        if self._phase is h11.IDLE:
            # However slowly it comes: it is short.
            self._request_timer = self.loop.call_later(self._settings.head_seconds, self._end_request)
        elif self._phase is h11.SEND_BODY:
            self._wait_for_body()

    def _wait_for_body(self) -> None:
        self._heard, self._was_paused = False, self.flow.read_paused
        self._request_timer = self.loop.call_later(self._settings.body_seconds, self._look_at_body)

    def _look_at_body(self) -> None:
        # Where the service itself does not go on reading, the client is not to blame.
        if self._heard or self._was_paused or self.flow.read_paused:
            self._wait_for_body()
        else:
            self._end_request()

    def _end_request(self) -> None:
        if self.transport.is_closing():
            return
        has_begun = self._phase is h11.SEND_BODY or self.conn.trailing_data[0]
        if has_begun and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            response = problem_response(REQUEST_TOO_SLOW, headers={"Connection": "close"})
            head = h11.Response(status_code=response.status_code, headers=response.raw_headers, reason=b"")
            for event in (head, h11.Data(data=bytes(response.body)), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        if self.cycle is not None:
            # Whoever reads the body learns that its client is as good as gone.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _wait_for_reader(self) -> None:
        self._unread_bytes = self.transport.get_write_buffer_size()
        self._reader_timer = self.loop.call_later(self._settings.send_seconds, self._look_at_reader)

    def _look_at_reader(self) -> None:
        if self.transport.get_write_buffer_size() < self._unread_bytes:
            self._wait_for_reader()
        else:
            self.transport.abort()


class _OneTooMany:
    """What a connection beyond the limit gets: 503, unless it asks whether the service is alive; then it is closed."""

    def __init__(self, app: Any, root_path: str) -> None:
        self._app = app
        self._answered = (_LIVEZ, f"{root_path.rstrip('/')}{_LIVEZ}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, as ASGI defines it."""

        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message["headers"])["Connection"] = "close"
            await send(message)

        refusal = problem_response(TOO_MANY_CONNECTIONS, headers=RETRY_LATER)
        app = self._app if scope["path"] in self._answered else refusal
        await app(scope, receive, send_and_close)


def bounded(settings: Settings) -> type[asyncio.Protocol]:
    """Return the protocol class of a service's connections, as uvicorn wants it."""
    made: Callable[..., BoundedConnection] = partial(
        BoundedConnection, settings=settings, crowd=Crowd(settings.max_connections)
    )
    return cast("type[asyncio.Protocol]", made)


def _stop(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
