"""Tells those who wait for a fit that it may have ended: from the dispatcher's threads to the event loop."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator


class Events:
    """One event loop's waiters, by fit."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiters: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    def publish(self, fit_id: str) -> None:
        """Something happened to a fit; may be called from any thread."""
        self._call(self._set, fit_id)

    def close(self) -> None:
        """The service stops: nobody is to wait any longer; may be called from any thread and from a signal handler."""
        self.closed = True
        self._call(self._set_all)

    @contextlib.contextmanager
    def subscription(self, fit_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever something happened to the fit; whoever waits clears it."""
        event = asyncio.Event()
        self._waiters[fit_id].add(event)
        try:
            yield event
        finally:
            self._waiters[fit_id].discard(event)
            if not self._waiters[fit_id]:
                del self._waiters[fit_id]

    def _call(self, function: Callable[..., None], *arguments: str) -> None:
        # RuntimeError: the loop is closed, so nobody is left to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)

    def _set(self, fit_id: str) -> None:
        for event in self._waiters.get(fit_id, ()):
            event.set()

    def _set_all(self) -> None:
        for fit_id in self._waiters:
            self._set(fit_id)
