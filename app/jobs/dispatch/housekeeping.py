"""A thread that tidies the database up: fits that are kept no longer, and room on the disk."""

import logging
import math
import threading
import time

from sqlalchemy import Engine

from app.jobs.store.expiry import SECONDS_A_DAY, expire
from app.jobs.store.failures import Failures
from app.jobs.store.orphans import Orphans
from app.jobs.store.vacuum import give_back_room, shrink_log

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
PAUSE_SECONDS = 0.05
"""Seconds between two steps, in which others write."""
_LONGEST_SECONDS = 60.0
_ORPHAN_SECONDS = 3600.0
"""Seconds after which data without a fit are nobody's, as no request takes so long."""


class Housekeeping:
    """A thread that looks every few seconds, and works in short steps."""

    def __init__(self, engine: Engine, keep_days: float | None) -> None:
        self._engine = engine
        self._keep_days = keep_days
        self._expired = -_LONGEST_SECONDS
        self._log_is_long = False
        self._orphans = Orphans(engine)
        self._looked_for_orphans = -math.inf
        self._failures = Failures(logger)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begin to tidy up."""
        self._thread.start()

    def stop(self) -> None:
        """Stop after the step that is going on."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            # Where one can't be done, the other goes on.
            with self._failures.told("fits can't expire"):
                self._let_expire()
            with self._failures.told("data without a fit can't be deleted"):
                self._remove_orphans()
            with self._failures.told("room can't be given back"):
                self._give_back_room()

    def _let_expire(self) -> None:
        if self._keep_days is None or time.monotonic() - self._expired < self._expiry_seconds(self._keep_days):
            return
        while expire(self._engine, self._keep_days):
            if self._stopping.wait(PAUSE_SECONDS):
                return
        self._expired = time.monotonic()

    def _remove_orphans(self) -> None:
        if time.monotonic() - self._looked_for_orphans >= _ORPHAN_SECONDS:
            self._orphans.remove_known()
            self._looked_for_orphans = time.monotonic()

    def _give_back_room(self) -> None:
        while give_back_room(self._engine):
            self._log_is_long = True
            if self._stopping.wait(PAUSE_SECONDS):
                return
        if self._log_is_long:
            self._log_is_long = not shrink_log(self._engine)

    @staticmethod
    def _expiry_seconds(keep_days: float) -> float:
        """Return the seconds between two looks for fits to expire."""
        return min(_LONGEST_SECONDS, keep_days * SECONDS_A_DAY / 100)
