"""A fit as the table has it, and the ways in which it may end."""

import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from sqlalchemy import Row

from app.jobs.fit.result import StoredResult
from app.jobs.fit.stored import StoredFit
from app.jobs.store.damage import readable
from app.jobs.store.marks import Mark
from app.jobs.store.tables import fits
from app.schemas.status import Reason, Status


@dataclass(frozen=True)
class Ending:
    """The end of a fit: its last status, and why."""

    status: Status
    reason: Reason
    message: str
    error: dict[str, Any] | None = None

    @classmethod
    def failed(cls, reason: Reason, message: str, step: int | None = None, field: str | None = None) -> "Ending":
        """Return the end of a fit that failed, of which `error` says why as data."""
        error = {"code": reason.value, "message": message, "step": step, "field": field}
        return cls(Status.FAILED, reason, message, error)

    def columns(self) -> dict[str, Any]:
        """Return what a row of `fits` has to say once its fit has ended, beside the time of its end."""
        return {
            "status": self.status.value,
            "reason": self.reason.value,
            "message": self.message,
            "error": self.error,
            "checkpoint": None,
        }


CANCELLED = Ending(Status.CANCELLED, Reason.CANCELLED, "cancelled by request")


class ReadWhenAsked:
    """What was asked for and found, read from the JSON of the table when somebody asks for it.

    Raises FitDamagedError for JSON that no version wrote.
    """

    stored_request: Mapping[str, Any]
    """What was asked for, as some version wrote it."""
    stored_result: Mapping[str, Any] | None
    """What was found so far, as some version wrote it."""

    @cached_property
    def fit(self) -> StoredFit:
        """Return the fit as it was asked for."""
        with readable():
            return StoredFit.from_json(self.stored_request)

    @cached_property
    def result(self) -> StoredResult | None:
        """Return the result so far; None before there is one."""
        if self.stored_result is None:
            return None
        with readable():
            return StoredResult.from_json(self.stored_result, self.stored_request)


@dataclass(frozen=True)
class FitRecord(ReadWhenAsked):
    """One row of `fits`, without what only workers need. Times are seconds since 1970 UTC."""

    number: int
    id: str
    status: Status
    reason: Reason | None
    message: str | None
    error: dict[str, Any] | None
    stored_request: Mapping[str, Any]
    """The request, as some version wrote it; read it as `fit`."""
    created_at: float
    started_at: float | None
    cancel_requested_at: float | None
    finished_at: float | None
    attempt: int
    """How often it was handed to a worker."""
    heartbeat_at: float | None
    """When a worker reported last, or said that it is alive."""
    step: int
    loss: float | None
    stored_result: Mapping[str, Any] | None
    """The result so far, as some version wrote it; read it as `result`."""
    webhook: str | None = None
    """Name of the webhook of its caller that is told of its end."""

    @property
    def ended(self) -> bool:
        """Tell whether nothing will change any more."""
        return self.status.has_ended

    @property
    def mark(self) -> Mark:
        """Return what is another one whenever anything that clients are shown of the fit has changed."""
        return Mark(self.status, self.attempt, self.step, self.heartbeat_at)

    @property
    def formula(self) -> str | None:
        """Return the model as the text of a formula; None as long as its degree is not chosen."""
        chosen = None if self.result is None else self.result.model
        return chosen or self.fit.formula

    @classmethod
    def queued(
        cls,
        number: int,
        fit_id: str,
        stored_request: Mapping[str, Any],
        created_at: float,
        webhook: str | None = None,
    ) -> "FitRecord":
        """Return the record of a new fit."""
        moments = ("started_at", "cancel_requested_at", "finished_at", "heartbeat_at")
        nothing = dict.fromkeys(("reason", "message", "error", *moments, "loss", "stored_result"))
        return cls(
            number=number,
            id=fit_id,
            status=Status.QUEUED,
            stored_request=stored_request,
            created_at=created_at,
            attempt=0,
            step=0,
            webhook=webhook,
            **nothing,
        )

    @classmethod
    def unreadable(cls, number: int, fit_id: str) -> "FitRecord":
        """Return the record of a fit of whose row nothing can be read but number and id."""
        return replace(cls.queued(number, fit_id, {}, 0.0), status=Status.FAILED)

    @classmethod
    def of(cls, row: Row[Any] | Sequence[Any]) -> "FitRecord":
        """Return the record in a row of `RECORD_COLUMNS`."""
        number, fit_id, status, reason = row[:4]
        return cls(number, fit_id, Status(status), None if reason is None else Reason(reason), *row[4:])


RECORD_COLUMNS = [fits.c[field.name.removeprefix("stored_")] for field in fields(FitRecord)]


def pack(numbers: "array[float]") -> bytes:
    """Return numbers as bytes: little-endian float64."""
    if sys.byteorder == "big":
        numbers = numbers[:]
        numbers.byteswap()
    return numbers.tobytes()


def unpack(data: bytes) -> "array[float]":
    """Return the numbers in bytes that `pack` wrote."""
    numbers = array("d", data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
