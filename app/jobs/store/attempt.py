"""Attempts: each is one handing of a fit, or of a part of one, to a worker."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, exists, or_

from app.jobs.store.tables import fit_parts, fits
from app.schemas import status

UNDER_WAY = or_(*(fits.c.status == each.value for each in status.UNDER_WAY))
"""The condition on a fit that it has been handed out and has not ended."""


@dataclass(frozen=True)
class Attempt:
    """A fit in the hands of one worker.

    The number grows with each, and a write with an old number changes nothing.
    """

    fit_id: str
    number: int

    @property
    def is_current(self) -> ColumnElement[bool]:
        """Return the condition that no later attempt was made and the fit has not ended: the fence of every write."""
        return current(self.fit_id, self.number)

    @property
    def named(self) -> dict[str, Any]:
        """Return fit and number as the values that statements which were built once take by name."""
        return {"attempt_of": self.fit_id, "attempt_number": self.number}


@dataclass(frozen=True)
class PartAttempt(Attempt):
    """A part of a fit in the hands of one worker; the number is that of the part."""

    part: int

    @property
    def named(self) -> dict[str, Any]:
        """Return fit, part and number as the values that statements which were built once take by name."""
        return {**super().named, "attempt_part": self.part}

    @property
    def is_current(self) -> ColumnElement[bool]:
        """Return the condition on a fit that it has not ended, and no later attempt was made of this part of it."""
        fence = (fit_parts.c.part == self.part, fit_parts.c.attempt == self.number)
        runs = fit_parts.c.status == status.Status.RUNNING.value
        of_part = exists().where(fit_parts.c.fit_number == fits.c.number, *fence, runs)
        return and_(fits.c.id == self.fit_id, UNDER_WAY, of_part)


def current(fit_id: str | BindParameter[str], number: int | BindParameter[int]) -> ColumnElement[bool]:
    """Return the condition on a fit that is trained whole, that this is its newest attempt and it has not ended."""
    return and_(fits.c.id == fit_id, fits.c.attempt == number, fits.c.parts.is_(None), UNDER_WAY)
