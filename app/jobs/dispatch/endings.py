"""The ends of fits, told to the log and counted: of all that a look of the dispatcher has met, in one statement."""

import logging
from collections import OrderedDict
from collections.abc import Iterable
from queue import SimpleQueue

from sqlalchemy import Engine

from app.jobs.store.ends import ends_of
from app.operations.logs import fields
from app.operations.metrics import ENDED_FITS, TRAINING_SECONDS

logger = logging.getLogger(__name__)

_MOST_TOLD = 10_000
"""Most fits of which it is remembered that their end was told."""


class Endings:
    """The fits that may have ended since they were looked at last; noted by any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._noted: SimpleQueue[str] = SimpleQueue()
        self._told: OrderedDict[str, None] = OrderedDict()

    def note(self, fit_ids: Iterable[str]) -> None:
        """Remember fits that may have ended."""
        for fit_id in fit_ids:
            self._noted.put(fit_id)

    def tell(self) -> None:
        """Tell of each fit that was noted and has ended; raises what the database raises."""
        fit_ids = {self._noted.get() for _ in range(self._noted.qsize())}
        # Of one in parts that has ended, each part in hand is noted when it is over.
        fit_ids -= self._told.keys()
        for end in ends_of(self._engine, fit_ids) if fit_ids else ():
            named = fields(fit=end.fit_id, status=end.status, reason=end.reason, seconds=round(end.training_seconds, 4))
            logger.info("fit ended", extra=named)
            ENDED_FITS.labels(end.status, end.reason).inc()
            TRAINING_SECONDS.inc(end.training_seconds)
            self._told[end.fit_id] = None
        while len(self._told) > _MOST_TOLD:
            self._told.popitem(last=False)
