"""A thread that hears from other services on the same database what they queue, cancel and end."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy import Engine

from app.jobs.store.database import is_unavailable
from app.jobs.store.news import QUEUED, listening

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
"""Seconds after which it looks whether it should stop."""
_PAUSE_SECONDS = 1.0
"""Seconds after which a lost connection is made anew."""


class Listener:
    """Passes on what PostgreSQL tells: news that are lost are found by those who look at the table now and then."""

    def __init__(self, engine: Engine, wake: Callable[[], None], publish: Callable[[str], None]) -> None:
        """Call `wake` where fits were queued, and `publish` with the id of a fit to which something happened."""
        self._engine, self._wake, self._publish = engine, wake, publish
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no longer."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except Exception as error:
                # The dispatcher tells the log of a database that does not answer.
                if not is_unavailable(error):
                    logger.exception("news of other services are not heard; trying again")
                self._stopping.wait(_PAUSE_SECONDS)

    def _listen(self) -> None:
        with listening(self._engine) as heard:
            # What was queued before is no news any more.
            self._wake()
            while not self._stopping.is_set():
                for news in dict.fromkeys(heard(_LOOK_SECONDS)):
                    if news == QUEUED:
                        self._wake()
                    else:
                        self._publish(news)
