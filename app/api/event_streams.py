"""An answer that tells what happens to fits as it happens, as server-sent events."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from functools import partial

from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.followed import Event, Followed
from app.api.open_streams import LOOK_SECONDS
from app.api.services import Services
from app.jobs.store.database import is_unavailable

RECONNECT_MILLISECONDS = 2000
"""How long a client waits before it connects again."""
SILENT_SECONDS = 15
"""Seconds without an event after which a comment says that the stream is alive."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(StreamingResponse):
    """The events of some fits, until all of them have ended, the service stops or the client may not read any more.

    Between two events it holds neither a thread nor a connection to the database. A client that reads slowly gets fewer
    snapshots, each with more losses.
    """

    # FastAPI's own class of this media type is for routes that are generators, whose status nothing can change.
    media_type = "text/event-stream"

    def __init__(
        self,
        services: Services,
        fits: Sequence[Followed],
        event_id: Callable[[], str],
        may_read: Callable[[], Awaitable[bool]],
    ) -> None:
        """Take a place among the open streams; `event_id` tells how much was told of all fits.

        Raises TooManyStreamsError.
        """
        super().__init__(self._pieces(), headers=_HEADERS)
        self._services, self._event_id, self._may_read = services, event_id, may_read
        self._fits = {fit.fit_id: fit for fit in fits}
        self._changed = dict.fromkeys(fit.fit_id for fit in fits if not fit.is_done)
        self._has_news = asyncio.Event()
        self._watched: dict[str, ExitStack] = {}
        self._open = ExitStack()
        self._open.enter_context(services.open_streams.place())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, as ASGI defines it."""
        with self._open:
            for fit_id in self._changed:
                self._watched[fit_id] = self._open.enter_context(ExitStack())
                self._watched[fit_id].enter_context(self._services.watch.telling(fit_id, partial(self._note, fit_id)))
            await super().__call__(scope, receive, send)

    def _note(self, fit_id: str) -> None:
        self._changed[fit_id] = None
        self._has_news.set()

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield format_sse_event(retry=RECONNECT_MILLISECONDS)
        told = time.monotonic()
        while not self._services.events.closed:
            events = await self._read() if self._changed else []
            if events:
                yield b"".join(self._written(events))
            if all(fit.is_done for fit in self._fits.values()) or not await self._is_allowed():
                return
            if events or time.monotonic() - told >= SILENT_SECONDS:
                told = time.monotonic()
                if not events:
                    yield KEEPALIVE_COMMENT
            with suppress(TimeoutError):
                async with asyncio.timeout(self._services.open_streams.look_seconds):
                    await self._has_news.wait()

    async def _is_allowed(self) -> bool:
        try:
            return await self._may_read()
        except Exception as error:
            if not is_unavailable(error):
                raise
            # No fit can be read as long as keys can't.
            return True

    async def _read(self) -> list[Event]:
        """Return what is new of the fits that have changed, once it is the turn of this stream."""
        turn = time.monotonic() + self._services.open_streams.seconds_until(len(self._changed))
        while (left := turn - time.monotonic()) > 0 and not self._services.events.closed:
            await asyncio.sleep(min(left, LOOK_SECONDS))
        fits = [self._fits[fit_id] for fit_id in self._changed if not self._fits[fit_id].is_done]
        self._changed.clear()
        self._has_news.clear()
        events, left_over = await run_in_threadpool(_news_of, fits, self._services)
        for fit in fits:
            if fit.is_done:
                self._watched[fit.fit_id].close()
        if left_over:
            self._changed.update(dict.fromkeys(left_over))
        return events

    def _written(self, events: Sequence[Event]) -> Iterable[bytes]:
        """Yield events as they are sent; the last one has the id, as only after it all of them are told."""
        for event in events:
            event_id = self._event_id() if event is events[-1] else None
            yield format_sse_event(data_str=event.data.model_dump_json(), event=event.name, id=event_id)


def _news_of(fits: Sequence[Followed], services: Services) -> tuple[list[Event], list[str]]:
    """Return the news of fits, and the ids of those that can't be read as the database can't be used at the moment."""
    events: list[Event] = []
    for index, fit in enumerate(fits):
        try:
            events += fit.news(services.store)
        except Exception as error:
            if not is_unavailable(error):
                raise
            return events, [fit.fit_id for fit in fits[index:]]
    return events, []
