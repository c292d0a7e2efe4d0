"""Failures of work that is tried again and again, told to the log once each."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from app.jobs.store.database import unavailability


class Failures:
    """What can't be done at the moment, and why; a reason that stays the same is not told again."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._reasons: dict[str, str] = {}

    @contextmanager
    def told(self, words: str) -> Iterator[None]:
        """Log what goes wrong inside, as what `words` say, instead of raising it."""
        try:
            yield
        except Exception as error:
            reason = unavailability(error)
            before, self._reasons[words] = self._reasons.get(words), reason or repr(error)
            if self._reasons[words] == before:
                return
            if reason is None:
                self._logger.error("%s; trying again", words, exc_info=error)
            else:
                self._logger.warning("%s at the moment; trying again: %s", words, reason)
        else:
            self._reasons.pop(words, None)
