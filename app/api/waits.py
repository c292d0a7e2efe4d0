"""How many requests wait for the end of a fit at once, and how often each looks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from app.api.preferences import Preferences

# The end is told by the dispatcher of this service; a fit that another service trains is only seen by looking.
LOOK_SECONDS = 1.0
LOOKS_A_SECOND = 50
"""Most looks that all who wait take together."""


class Waits:
    """The waits of all requests, of which so many may be at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0

    @property
    def look_seconds(self) -> float:
        """Return the time between two looks of one who waits: the more there are, the less often each looks."""
        return max(LOOK_SECONDS, self._count / LOOKS_A_SECOND)

    @contextmanager
    def admitted(self, preferences: Preferences) -> Iterator[Preferences]:
        """Yield the preferences of a request, without the wait if too many wait already."""
        if not preferences.wait:
            yield preferences
        elif self._count >= self._most:
            yield replace(preferences, wait=None)
        else:
            self._count += 1
            try:
                yield preferences
            finally:
                self._count -= 1
