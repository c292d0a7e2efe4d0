"""A fit as the table has it, and how it may end."""

import sys
from array import array
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row

from app.jobs.store.tables import fits

UNDER_WAY = ("running", "cancelling")
ENDED = ("cancelled", "succeeded", "failed")


@dataclass(frozen=True)
class Ending:
    """How a fit ends."""

    status: str
    reason: str
    message: str
    error: dict[str, Any] | None = None

    @classmethod
    def failed(cls, reason: str, message: str, step: int | None = None, field: str | None = None) -> "Ending":
        """A failure; `error` says it as data."""
        return cls("failed", reason, message, {"code": reason, "message": message, "step": step, "field": field})

    def columns(self, now: float) -> dict[str, Any]:
        """What a row of `fits` gets when it ends at `now`, in seconds since 1970 UTC."""
        return {
            "status": self.status,
            "reason": self.reason,
            "message": self.message,
            "error": self.error,
            "finished_at": now,
            "checkpoint": None,
        }


CANCELLED = Ending("cancelled", "cancelled", "cancelled by request")


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

    @property
    def formula(self) -> str | None:
        """The model as the text of a formula; None as long as its degree is not chosen."""
        chosen = (self.result or {}).get("model") or self.request.get("formula") or self.request["model"]
        return chosen if isinstance(chosen, str) else None

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the predictor variables."""
        return tuple(self.request["target"].get("variables") or ("x",))

    @property
    def curves(self) -> int | None:
        """Number of curves; None where the fit is of one curve, and not of many."""
        curves: int | None = self.request["target"].get("curves")
        return curves

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
