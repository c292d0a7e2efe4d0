"""What can be wrong with a request to the jobs; api/errors.py says which HTTP status each one is."""

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError as DatabaseError

__all__ = [
    "CurveNotFoundError",
    "DatabaseError",
    "FitFinishedError",
    "FitNotFinishedError",
    "FitNotFoundError",
    "IdempotencyConflictError",
    "InvalidRequestError",
    "JobsError",
    "ModelNotFoundError",
    "NoResultError",
    "TooManyLabelsError",
    "WrongField",
]


class JobsError(Exception):
    """Base: the message is for the client."""


class FitNotFoundError(JobsError):
    """There is no fit with this id."""

    def __init__(self, fit_id: str) -> None:
        super().__init__(f"there is no fit {fit_id[:40]!r}: GET /fit lists those there are")


class CurveNotFoundError(JobsError):
    """The fit has no such curve, or no result of it yet."""


class ModelNotFoundError(JobsError):
    """There is no model of this name."""


class NoResultError(JobsError):
    """The fit, or the curve, has no coefficients, or not yet."""


class FitFinishedError(JobsError):
    """The fit has ended, so it can't be cancelled any more."""


class FitNotFinishedError(JobsError):
    """The fit has not ended, so it can't be deleted yet."""


class IdempotencyConflictError(JobsError):
    """The Idempotency-Key came before with another body."""


class TooManyLabelsError(JobsError):
    """A list of fits is filtered by more labels than a fit can have."""


@dataclass(frozen=True)
class WrongField:
    """A field of the body, as path of names and indices, and what is wrong with it."""

    path: tuple[str | int, ...]
    detail: str


class InvalidRequestError(JobsError):
    """A well-formed request that can't be carried out here."""

    def __init__(self, wrong: list[WrongField]) -> None:
        super().__init__("this can't be done here: see errors")
        self.wrong = wrong
