"""A handful of fits in the hands of one worker: trained one after another, ended together.

What has ended is kept back and written in one transaction, at the end of the handful or when somebody looks. Nothing
waits behind a fit that lasts longer than expected: what has not begun goes back to the queue.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial

from sqlalchemy import Engine

from app.jobs.store.attempt import Attempt
from app.jobs.store.attempts import begin_together, is_wanted, report_chunk, report_chunks
from app.jobs.store.database import unavailability
from app.jobs.store.queue import release_attempts
from app.jobs.store.work import ChunkReport, Work
from app.jobs.worker.driver import guarded

UNASKED_SECONDS = 0.02
"""A fit that was begun with others is trained without a further look whether it is wanted, if it waits no longer."""

Report = tuple[Attempt, int, ChunkReport]


class Handful:
    """Fits that one thread trains, while another looks from time to time whether something is to be told of them."""

    def __init__(self, engine: Engine, attempts: Sequence[Attempt]) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._waiting = deque(attempts)
        self._current: Attempt | None = None
        self._began = time.monotonic()
        self._ended: list[Report] = []

    def fits(self) -> Iterator[tuple[Attempt, Work]]:
        """Begin the fits, and yield one after another that is to be trained; in the end, write what is left."""
        with self._lock:
            attempts = list(self._waiting)
            works = dict(zip(attempts, begin_together(self._engine, attempts), strict=True))
            self._began = looked_at = time.monotonic()
        for attempt in self._taken():
            work = works[attempt]
            if work is not None and time.monotonic() - looked_at > UNASKED_SECONDS:
                looked_at = time.monotonic()
                work = work if is_wanted(self._engine, attempt) else None
            if work is not None:
                yield attempt, work
        with self._lock:
            self._write_ended()

    def _taken(self) -> Iterator[Attempt]:
        while True:
            with self._lock:
                self._began = time.monotonic()
                self._current = attempt = self._waiting.popleft() if self._waiting else None
            if attempt is None:
                return
            yield attempt

    def report(self, attempt: Attempt, fit_number: int, report: ChunkReport) -> bool:
        """Take the report of a chunk, and tell whether the worker is to go on with the fit.

        That of an end is kept back, as long as other fits wait.
        """
        with self._lock:
            if report.ending is not None:
                self._current = None
                self._ended.append((attempt, fit_number, report))
                if not self._waiting:
                    self._write_ended()
                return False
            self._write_ended()
            return report_chunk(self._engine, attempt, fit_number, report)

    def look(self, patience_seconds: float) -> tuple[Attempt, ...]:
        """Write what has ended, and return the attempts that are still in hand.

        If a fit has been trained for `patience_seconds`, those that have not begun go back to the queue. Called from
        another thread than that which trains.
        """
        with self._lock:
            try:
                self._write_ended()
                if self._waiting and time.monotonic() - self._began >= patience_seconds:
                    release_attempts(self._engine, self._waiting)
                    self._waiting.clear()
            except Exception as error:
                # The thread that trains will meet the same error; until then, the next look may succeed.
                if unavailability(error) is None:
                    raise
            current = [] if self._current is None else [self._current]
            return (*current, *self._waiting, *(attempt for attempt, _, _ in self._ended))

    def _write_ended(self) -> None:
        if not self._ended:
            return
        try:
            report_chunks(self._engine, self._ended)
        except Exception as error:
            if unavailability(error) is not None:
                raise
            # One of them can't be written: the others are.
            for report in self._ended:
                guarded(self._engine, report[0], partial(report_chunks, self._engine, [report]))
        self._ended = []
