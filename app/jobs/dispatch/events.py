"""The news that a fit may have ended, from the dispatcher's threads to those who wait in the event loop."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterator


class Events:
    """The waiters of one event loop, by the fit that they wait for."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiters: defaultdict[str, set[Callable[[], None]]] = defaultdict(set)
        self.closed = False

    def publish(self, fit_id: str) -> None:
        """Wake those who wait for a fit, because something happened to it; may be called from any thread."""
        self._call(self._tell, fit_id)

    def close(self) -> None:
        """Wake everybody, because the service stops; may be called from any thread and from a signal handler."""
        self.closed = True
        self._call(self._tell_all)

    @contextlib.contextmanager
    def subscription(self, fit_id: str) -> Iterator[asyncio.Event]:
        """Yield an event that is set whenever something happened to the fit; whoever waits clears it."""
        event = asyncio.Event()
        with self.telling(fit_id, event.set):
            yield event

    @contextlib.contextmanager
    def telling(self, fit_id: str, tell: Callable[[], None]) -> Iterator[None]:
        """Call `tell` in the event loop, in this context, whenever something happened to the fit."""
        self._waiters[fit_id].add(tell)
        try:
            yield
        finally:
            self._waiters[fit_id].discard(tell)
            if not self._waiters[fit_id]:
                del self._waiters[fit_id]

    def _call(self, function: Callable[..., None], *arguments: str) -> None:
        # RuntimeError: the loop is closed, so nobody is left to tell.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *arguments)

    def _tell(self, fit_id: str) -> None:
        for tell in self._waiters.get(fit_id, ()):
            tell()

    def _tell_all(self) -> None:
        for fit_id in self._waiters:
            self._tell(fit_id)
