"""Words for the log about what may happen a thousand times a second."""

import logging
import time

logger = logging.getLogger(__name__)

QUIET_SECONDS = 60
"""What has not happened for so long is told again when it does."""


class Seldom:
    """A warning that is told once, however often it happens, and again only after a time without it."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._last = -float("inf")

    def tell(self) -> None:
        """Log the words, unless it happened a moment ago as well."""
        now = time.monotonic()
        if now - self._last > QUIET_SECONDS:
            logger.warning(self._words)
        self._last = now
