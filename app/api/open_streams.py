"""The streams that are open: how many there may be, and how often all of them read the database."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.jobs.errors import TooManyStreamsError

READS_A_SECOND = 50
"""Most fits that all streams together read in a second: the more there are to read, the less often each is."""

LOOK_SECONDS = 1.0
LOOKS_A_SECOND = 100
"""Most looks that all streams together take at the keys of their clients."""


class OpenStreams:
    """The streams of all clients, of which so many may be open."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._free_at = 0.0

    @property
    def look_seconds(self) -> float:
        """Return the time between two looks of a stream whether its client may still read it."""
        return max(LOOK_SECONDS, self._count / LOOKS_A_SECOND)

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
