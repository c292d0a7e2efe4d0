"""The streams that are open: how many there may be, and how often all of them read the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.jobs.errors import TooManyStreamsError

READS_A_SECOND = 100
"""Most fits that all streams together read in a second: the more there are to read, the less often each is."""


class OpenStreams:
    """The streams of all clients, of which so many may be open."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._free_at = 0.0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Count a stream as long as it is open. Raises TooManyStreamsError if there are too many."""
        if self._count >= self._most:
            raise TooManyStreamsError
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1

    def seconds_until(self, fits: int) -> float:
        """Return after how many seconds a stream may read so many fits, and keep that time free for it."""
        now = time.monotonic()
        begin = max(now, self._free_at)
        self._free_at = begin + fits / READS_A_SECOND
        return begin - now
