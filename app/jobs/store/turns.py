"""Turns: queued fits, and their parts, are taken from one caller after another.

So many fits of one do not hold up another's few.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, groupby, repeat, zip_longest
from typing import NamedTuple

from sqlalchemy import Connection, String, bindparam, case, func, or_, select

from app.jobs.store.parts import COUNT_WAITING
from app.jobs.store.tables import fits
from app.schemas.status import Status


class Queued(NamedTuple):
    """A queued fit, as whoever hands it out looks at it."""

    number: int
    turn: str
    """Whose turn it waits for."""
    attempt: int
    expected_seconds: float | None
    parts: int | None
    """How many of its parts wait; None where it is trained whole."""


# Built once: with many small fits, building statements takes longer than carrying them out.
_IS_QUEUED = fits.c.status == Status.QUEUED.value
# In one text with commas: a statement with a list of values is compiled anew each time.
_DEVICES = bindparam("devices", type_=String())
_CAN_RUN = or_(fits.c.device.is_(None), _DEVICES.contains("," + fits.c.device + ","))
_COLUMNS = [
    *(fits.c[name] for name in ("number", "turn", "attempt", "expected_seconds")),
    case((fits.c.parts.is_not(None), COUNT_WAITING)).label("parts"),
]
# Parts of these may wait too.
_RUNNING = (
    select(*_COLUMNS)
    .where(fits.c.status == Status.RUNNING.value, fits.c.parts.is_not(None), _CAN_RUN)
    .order_by(fits.c.number)
)
_OLDEST = select(*_COLUMNS).where(_IS_QUEUED, _CAN_RUN).order_by(fits.c.number).limit(bindparam("most"))
_OLDEST_OF_TURN = (
    select(*_COLUMNS)
    .where(_IS_QUEUED, _CAN_RUN, fits.c.turn == bindparam("turn"))
    .order_by(fits.c.number)
    .limit(bindparam("most"))
)
# The index has them in order: each is found by one look, however many fits wait.
_NEXT_TURN = select(func.min(fits.c.turn)).where(_IS_QUEUED, fits.c.turn > bindparam("before"))

_LOOK_SECONDS = 0.1


class Turns:
    """Whose turn it is: of those who have queued fits, theirs who were served longest ago."""

    def __init__(self) -> None:
        self._served: dict[str, int] = {}
        self._count = 0
        self._has_parts, self._looked_for_parts = True, 0.0

    def oldest(self, connection: Connection, most: int, devices: Collection[str] = ()) -> list[Queued]:
        """Return up to `most` fits that wait, in turn, and of each turn the oldest first; once for each part of it.

        Only those for the processor are returned, and for these devices.
        """
        of_devices = {"devices": "".join(f",{device}," for device in devices)}
        queued = [Queued(*row) for row in connection.execute(_OLDEST, {"most": most, **of_devices})]
        if len(queued) == most:
            # Others may wait behind these.
            queued = self._of_every_turn(connection, most, of_devices)
        running = self._running(connection, of_devices)
        waiting = (repeat(fit, 1 if fit.parts is None else min(fit.parts, most)) for fit in (*running, *queued))
        # Once one of their parts is claimed, those of others wait.
        self._has_parts |= any(fit.parts is not None for fit in queued)
        return self._in_turn([*chain.from_iterable(waiting)])[:most]

    def _running(self, connection: Connection, of_devices: dict[str, str]) -> list[Queued]:
        """Return the fits that are trained in parts; where there were none, they are looked for now and then only."""
        now = time.monotonic()
        if not self._has_parts and now - self._looked_for_parts < _LOOK_SECONDS:
            return []
        self._looked_for_parts = now
        running = [Queued(*row) for row in connection.execute(_RUNNING, of_devices)]
        self._has_parts = bool(running)
        return running

    def serve(self, turns: Iterable[str]) -> None:
        """Note that fits were handed out in these turns, in this order."""
        for turn in turns:
            self._count += 1
            self._served[turn] = self._count

    def _of_every_turn(self, connection: Connection, most: int, of_devices: dict[str, str]) -> list[Queued]:
        turns = [*_turns(connection)]
        self._served = {turn: self._served[turn] for turn in turns if turn in self._served}
        turns.sort(key=self._last_served)
        each = -(-most // len(turns))
        rows = (
            connection.execute(_OLDEST_OF_TURN, {"turn": turn, "most": each, **of_devices}) for turn in turns[:most]
        )
        return [Queued(*row) for some in rows for row in some]

    def _in_turn(self, queued: Sequence[Queued]) -> list[Queued]:
        ordered = sorted(queued, key=lambda fit: (self._last_served(fit.turn), fit.turn))
        by_turn = (list(group) for _, group in groupby(ordered, key=lambda fit: fit.turn))
        # Of those who were never served, whoever has waited longest is the first.
        some = sorted(by_turn, key=lambda group: (self._last_served(group[0].turn), group[0].number))
        return [fit for row in zip_longest(*some) for fit in row if fit is not None]

    def _last_served(self, turn: str) -> int:
        return self._served.get(turn, 0)


def _turns(connection: Connection) -> Iterator[str]:
    """Yield whose turns there are, in the order of their names."""
    before = ""
    while (turn := connection.execute(_NEXT_TURN, {"before": before}).scalar_one()) is not None:
        yield turn
        before = turn
