"""A fit as the table has it."""

import sys
from array import array
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row

from app.jobs.tables import fits

ENDED = frozenset({"cancelled", "succeeded", "failed", "expired"})


@dataclass(frozen=True)
class FitRecord:
    """One row of `fits`, without what only workers need. Times are seconds since 1970 UTC."""

    number: int
    id: str
    status: str
    reason: str | None
    message: str | None
    error: dict[str, Any] | None
    request: dict[str, Any]
    created_at: float
    started_at: float | None
    finished_at: float | None
    step: int
    loss: float | None
    result: dict[str, Any] | None

    @property
    def ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ENDED

    @classmethod
    def of(cls, row: Row[Any]) -> "FitRecord":
        """From a row of `RECORD_COLUMNS`."""
        return cls(**row._mapping)


RECORD_COLUMNS = [fits.c[field.name] for field in fields(FitRecord)]


def pack(numbers: "array[float]") -> bytes:
    """Little-endian float64."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def unpack(data: bytes) -> "array[float]":
    """From little-endian float64."""
    numbers = array("d", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
