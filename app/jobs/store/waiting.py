"""How many fits wait to be trained, in all and of each caller, and the bounds of these."""

import math
import time
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from app.jobs.errors import QueueFullError
from app.jobs.store.tables import fits
from app.schemas.status import Status

_COUNT_SECONDS = 1.0
"""Seconds after which waiting fits are counted again: a count looks at each of them."""
_COUNT = select(fits.c.turn, func.count()).where(fits.c.status == Status.QUEUED.value).group_by(fits.c.turn)


@dataclass(frozen=True)
class QueueBounds:
    """How many fits may wait."""

    of_all: float = math.inf
    of_turn: float = math.inf
    """Most of one caller, see `Caller.turn`."""


NO_BOUNDS = QueueBounds()
"""Any number may wait."""


class Waiting:
    """The fits that wait: as they were counted last, and those that were let in since."""

    def __init__(self, bounds: QueueBounds) -> None:
        self._bounds = bounds
        self._by_turn: dict[str, int] = {}
        self._total = 0
        self._counted = -math.inf

    def let_in(self, connection: Connection, turn: str) -> None:
        """Note that one more fit waits. Raises QueueFullError where too many do, of this caller or in all."""
        if self._bounds == NO_BOUNDS:
            return
        if time.monotonic() - self._counted >= _COUNT_SECONDS:
            self._count(connection)
        of_turn = self._by_turn.get(turn, 0)
        if of_turn >= self._bounds.of_turn:
            raise QueueFullError(f"{of_turn:,} of your fits wait already", self._bounds.of_turn, _COUNT_SECONDS)
        if self._total >= self._bounds.of_all:
            raise QueueFullError(f"{self._total:,} fits wait already", self._bounds.of_all, _COUNT_SECONDS)
        self._by_turn[turn] = of_turn + 1
        self._total += 1

    def _count(self, connection: Connection) -> None:
        self._by_turn = {turn: waiting for turn, waiting in connection.execute(_COUNT)}  # noqa: C416 - dict() would ask for keys
        self._total = sum(self._by_turn.values())
        self._counted = time.monotonic()
