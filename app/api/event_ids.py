"""The ids of events: how much of which fits a client has been told, so that it can go on from there."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.jobs.store.records import FitRecord
from app.schemas.status import ENDED, Status

_SEQUENCE = {Status.QUEUED: 0, Status.RUNNING: 1, Status.CANCELLING: 2, **dict.fromkeys(ENDED, 3)}
"""The place of each status in the life of a fit."""
_ENDED = 3
_POSITION = re.compile(r"(\d{1,15})\.(\d{1,15})\.([0-3])", re.ASCII)


@dataclass(frozen=True)
class Position:
    """How much of a fit was told; as text `attempt.step.sequence`."""

    attempt: int
    step: int
    """The last step whose loss was told; 0 also where none was."""
    sequence: int
    """The place of the last status that was told: 0 queued, 1 running, 2 cancelling, 3 ended."""

    def __str__(self) -> str:
        return f"{self.attempt}.{self.step}.{self.sequence}"

    @property
    def has_ended(self) -> bool:
        """Tell whether the end was told."""
        return self.sequence == _ENDED

    @classmethod
    def of(cls, record: FitRecord) -> "Position":
        """Return the position of whoever was told all of a fit."""
        return cls(record.attempt, record.step, _SEQUENCE[record.status])

    @classmethod
    def read(cls, text: str) -> "Position | None":
        """Return the position that a text stands for, None for any other text."""
        found = _POSITION.fullmatch(text)
        return cls(*map(int, found.groups())) if found else None

    def is_behind(self, record: FitRecord) -> bool:
        """Tell whether a fit was at this position once: an attempt goes on with the history of the one before."""
        return self.attempt <= record.attempt and self.step <= record.step

    def missed(self, record: FitRecord) -> list[Status]:
        """Return what the fit went through since then, as far as the table knows: without its present status."""
        moments = {Status.RUNNING: record.started_at, Status.CANCELLING: record.cancel_requested_at}
        between = range(self.sequence + 1, _SEQUENCE[record.status])
        return [status for status, moment in moments.items() if moment is not None and _SEQUENCE[status] in between]


GONE = Position(0, 0, _ENDED)
"""The position of whoever was told that a fit is gone."""

Positions = Mapping[str, Position | None]
"""Positions by the ids of fits; None where nothing was told yet."""


def joined(positions: Positions) -> str:
    """Return the id that stands for the positions in several fits, which `split` reads."""
    words = ",".join("" if position is None else str(position) for position in positions.values())
    return f"{_digest([*positions])}:{words}"


def split(text: str, fit_ids: Sequence[str]) -> Positions:
    """Return the positions in these fits that `joined` wrote; none for another text, or one about other fits."""
    digest, _, words = text.partition(":")
    known = {fit_id: Position.read(word) for fit_id, word in zip(fit_ids, words.split(","), strict=False)}
    return known if digest == _digest(fit_ids) else {}


def _digest(fit_ids: Sequence[str]) -> str:
    return f"{zlib.crc32(' '.join(fit_ids).encode()):08x}"
