"""The errors of requests to the jobs: there are a few kinds, and every other error is one of them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from app.fitting.formulas.text import FormulaError
from app.schemas import problem_kinds
from app.schemas.problem_kinds import PROBLEM_KINDS, ProblemKind


class JobsError(Exception):
    """The base of all errors of the jobs; the message is for the client.

    A subclass derives from exactly one kind, such as NotFoundError, and says by `problem` which kind of problem it is
    told as; otherwise its definition raises TypeError.
    """

    status: ClassVar[int]
    """HTTP status."""
    problem: ClassVar[ProblemKind]
    """The kind of problem, with the same status, that the client is told."""

    def __init_subclass__(cls, *, is_kind: bool = False) -> None:
        super().__init_subclass__()
        if is_kind:
            return
        kinds = {base for base in cls.__mro__ if JobsError in base.__bases__}
        if cls in kinds or len(kinds) != 1:
            raise TypeError(f"{cls.__name__}: derive it from one of {', '.join(kind.__name__ for kind in _KINDS)}")
        problem = vars(cls).get("problem")
        if not isinstance(problem, ProblemKind) or PROBLEM_KINDS.get(problem.slug) is not problem:
            raise TypeError(f"{cls.__name__}: give it a problem of its own out of app.schemas.problem_kinds")
        if problem.status != cls.status:
            raise TypeError(f"{cls.__name__}: its problem has status {problem.status}, its kind {cls.status}")

    def __reduce__(self) -> tuple[Callable[..., "JobsError"], tuple[object, ...]]:
        # From one process to another it goes as it is: by itself, it would be made anew of its words.
        return _as_it_was, (type(self), self.args, vars(self))


def _as_it_was(kind: type[JobsError], arguments: tuple[object, ...], state: dict[str, object]) -> JobsError:
    error = kind.__new__(kind)
    error.args = arguments
    vars(error).update(state)
    return error


class NotFoundError(JobsError, is_kind=True):
    """What is asked for is not there."""

    status = 404


class ConflictError(JobsError, is_kind=True):
    """What is asked for can't be done in the state that the fit is in."""

    status = 409


class InvalidError(JobsError, is_kind=True):
    """The request is well-formed, but can't be carried out as it is."""

    status = 422


class TooManyError(JobsError, is_kind=True):
    """The request may be sent again later."""

    status = 429


class TooLargeError(JobsError, is_kind=True):
    """The request takes more than the service gives to one."""

    status = 413


class UnavailableError(JobsError, is_kind=True):
    """The service can't do this at the moment."""

    status = 503


class GoneError(JobsError, is_kind=True):
    """What is asked for was there, and is deleted."""

    status = 410


class NoRoomError(JobsError, is_kind=True):
    """The service can't store this."""

    status = 507


class UnreadableError(JobsError, is_kind=True):
    """What is kept can't be read, for which no request is to blame."""

    status = 500


_KINDS = (
    NotFoundError,
    ConflictError,
    InvalidError,
    TooManyError,
    TooLargeError,
    UnavailableError,
    GoneError,
    NoRoomError,
    UnreadableError,
)


class FitNotFoundError(NotFoundError):
    """There is no fit with this id."""

    problem = problem_kinds.FIT_NOT_FOUND

    def __init__(self, fit_id: str) -> None:
        super().__init__(f"there is no fit {fit_id[:40]!r}: GET /fit lists those there are")


class CurveNotFoundError(NotFoundError):
    """The fit has no such curve, or no result of it yet."""

    problem = problem_kinds.CURVE_NOT_FOUND


class LinkNotFoundError(NotFoundError):
    """The fit has no such link."""

    problem = problem_kinds.LINK_NOT_FOUND


class ModelNotFoundError(NotFoundError):
    """There is no model of this name."""

    problem = problem_kinds.MODEL_NOT_FOUND


class NoMeasuredDataError(NotFoundError):
    """The target of the fit is a function."""

    problem = problem_kinds.NO_MEASURED_DATA


class NoResultError(ConflictError):
    """The fit, or the curve, has no coefficients, or not yet."""

    problem = problem_kinds.NO_RESULT


class FitEndedError(ConflictError):
    """The fit has ended, so it can't be cancelled any more."""

    problem = problem_kinds.FIT_ENDED


class FitNotEndedError(ConflictError):
    """The fit has not ended, so it can't be deleted yet."""

    problem = problem_kinds.FIT_NOT_ENDED


class TooManyLinksError(ConflictError):
    """The fit has as many links as it may have."""

    problem = problem_kinds.TOO_MANY_LINKS


class IdempotencyConflictError(InvalidError):
    """The Idempotency-Key came before with another body."""

    problem = problem_kinds.IDEMPOTENCY_CONFLICT


class TooManyLabelsError(InvalidError):
    """A list of fits is filtered by more labels than a fit can have."""

    problem = problem_kinds.TOO_MANY_LABELS


class QueueFullError(TooManyError):
    """Too many fits wait to be trained."""

    problem = problem_kinds.QUEUE_FULL

    def __init__(self, words: str, limit: float, seconds: float) -> None:
        """Say in words how many wait, of at most `limit`, and after how many seconds to try again."""
        super().__init__(f"{words}, and no more may: post again in a while")
        self.limit, self.seconds = int(limit), math.ceil(seconds)


class FitDamagedError(UnreadableError):
    """What the database keeps of the fit is not what was written."""

    problem = problem_kinds.FIT_DAMAGED

    def __init__(self) -> None:
        super().__init__(self.problem.detail)


@dataclass(frozen=True)
class WrongField:
    """A field of the body, as path of names and indices, and what is wrong with it."""

    path: tuple[str | int, ...]
    detail: str
    position: int | None = None
    """The offset of a character in a formula, from 0."""

    @classmethod
    def of_formula(cls, path: tuple[str | int, ...], error: FormulaError) -> "WrongField":
        """Return what is wrong with a formula, and where in it."""
        return cls(path, str(error), error.position)


class InvalidRequestError(InvalidError):
    """A well-formed request that can't be carried out here."""

    problem = problem_kinds.INVALID_REQUEST

    def __init__(self, wrong: list[WrongField]) -> None:
        super().__init__("this can't be done here: see errors")
        self.wrong = wrong


class CalculationTooLargeError(TooLargeError):
    """The calculation takes more memory or time than is given to one."""

    problem = problem_kinds.CALCULATION_TOO_LARGE


class CalculationStoppedError(UnavailableError):
    """The process of the calculation has ended in the middle of it."""

    problem = problem_kinds.CALCULATION_STOPPED


class TooMuchInFlightError(UnavailableError):
    """Requests in flight have as many bytes as they may have."""

    problem = problem_kinds.TOO_MUCH_IN_FLIGHT


class TooManyStreamsError(UnavailableError):
    """As many streams are open as may be."""

    problem = problem_kinds.TOO_MANY_STREAMS

    def __init__(self) -> None:
        super().__init__(problem_kinds.TOO_MANY_STREAMS.detail)


class FitExpiredError(GoneError):
    """The data and the result of the fit are deleted, because it ended long ago."""

    problem = problem_kinds.FIT_EXPIRED


class StorageFullError(NoRoomError):
    """The disk, or the database, has no room for another fit."""

    problem = problem_kinds.STORAGE_FULL
