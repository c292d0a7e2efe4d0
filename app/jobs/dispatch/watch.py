"""The watch: one look at the table for all who follow fits, as neither workers nor other services tell this one."""

import asyncio
import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from anyio.to_thread import run_sync
from sqlalchemy import Engine

from app.jobs.dispatch.events import Events
from app.jobs.store.database import is_unavailable
from app.jobs.store.marks import Mark, marks_of

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
"""Seconds between two looks at the fits that are trained."""
_MARKS_A_SECOND = 250
"""Most marks of fits that wait, which are read in a second: the more are followed, the less often."""

_NEVER = Mark("", 0, 0, None)
"""A mark that no fit has."""


class Watch:
    """Wakes those who follow a fit when the table says something else of it; for one event loop."""

    def __init__(self, engine: Engine, events: Events) -> None:
        """Watch the table; what `events` publishes is passed on at once."""
        self._engine = engine
        self._events = events
        self._followers: defaultdict[str, set[Callable[[], None]]] = defaultdict(set)
        self._marks: dict[str, Mark | None] = {}
        self._is_followed = asyncio.Event()
        self._looked_at_all = -math.inf

    @contextmanager
    def telling(self, fit_id: str, tell: Callable[[], None]) -> Iterator[None]:
        """Call `tell` in this context whenever a fit has changed or is gone; in any case once, soon."""
        self._followers[fit_id].add(tell)
        self._is_followed.set()
        try:
            with self._events.telling(fit_id, tell):
                yield
        finally:
            self._followers[fit_id].discard(tell)
            if not self._followers[fit_id]:
                del self._followers[fit_id]
                self._marks.pop(fit_id, None)

    async def run(self) -> None:
        """Look again and again, as long as anybody follows a fit; never returns."""
        while True:
            if not self._followers:
                self._is_followed.clear()
            await self._is_followed.wait()
            due = self._due()
            try:
                self._tell(due, await run_sync(marks_of, self._engine, due) if due else {})
            except Exception as error:
                # Whoever follows looks too, and finds out by itself what can't be read.
                if not is_unavailable(error):
                    logger.exception("the table can't be watched; trying again")
                await asyncio.sleep(1)
            await asyncio.sleep(LOOK_SECONDS)

    def _due(self) -> list[str]:
        """Return the fits to look at: those that are trained, and now and then all."""
        now = time.monotonic()
        if now - self._looked_at_all >= len(self._followers) / _MARKS_A_SECOND:
            self._looked_at_all = now
            return [*self._followers]
        marks = ((fit_id, self._marks.get(fit_id)) for fit_id in self._followers)
        return [fit_id for fit_id, mark in marks if mark is not None and mark.is_under_way]

    def _tell(self, looked_at: Collection[str], marks: Mapping[str, Mark]) -> None:
        for fit_id in looked_at:
            # Who followed it may have left meanwhile.
            if fit_id in self._followers and self._marks.get(fit_id, _NEVER) != marks.get(fit_id):
                self._marks[fit_id] = marks.get(fit_id)
                for tell in self._followers[fit_id]:
                    tell()
