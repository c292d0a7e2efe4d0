"""A new error can't be forgotten: without a kind and a problem its class can't be defined."""

import pickle
from collections.abc import Iterator

import pytest

from app.jobs.errors import (
    ConflictError,
    FitNotFoundError,
    GoneError,
    InvalidError,
    InvalidRequestError,
    JobsError,
    NoRoomError,
    NotFoundError,
    QueueFullError,
    StorageFullError,
    TooLargeError,
    TooManyError,
    UnavailableError,
    UnreadableError,
    WrongField,
)
from app.schemas import problem_kinds
from app.schemas.problem_kinds import PROBLEM_KINDS, ProblemKind

KINDS = (
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


def concrete(base: type[JobsError]) -> Iterator[type[JobsError]]:
    for subclass in base.__subclasses__():
        if subclass not in KINDS:
            yield subclass
        yield from concrete(subclass)


@pytest.mark.parametrize("error", list(concrete(JobsError)))
def test_every_error_is_of_one_kind_and_has_a_problem_of_its_status_in_the_table(error: type[JobsError]) -> None:
    assert sum(issubclass(error, kind) for kind in KINDS) == 1
    assert PROBLEM_KINDS[error.problem.slug] is error.problem
    assert error.status == error.problem.status


@pytest.mark.parametrize(
    "error",
    [
        FitNotFoundError("fit_1"),
        QueueFullError("10 fits wait already", 10, 1.0),
        InvalidRequestError([WrongField(("target", "x"), "it is too short")]),
        StorageFullError("the disk is full"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_the_same_in_another_process(error: JobsError) -> None:
    other = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))


def test_no_two_errors_are_told_as_the_same_problem() -> None:
    problems = [error.problem for error in concrete(JobsError)]
    assert len(set(problems)) == len(problems)


def test_an_error_without_a_kind_can_not_be_defined() -> None:
    with pytest.raises(TypeError, match="derive it from one of NotFoundError, ConflictError, Inv"):
        type("ForgottenError", (JobsError,), {"problem": problem_kinds.FIT_ENDED})


def test_an_error_of_two_kinds_can_not_be_defined() -> None:
    with pytest.raises(TypeError, match="derive it from one of"):
        type("DoubleError", (NotFoundError, ConflictError), {"problem": problem_kinds.FIT_ENDED})


@pytest.mark.parametrize("base", [ConflictError, FitNotFoundError])
def test_an_error_without_a_problem_of_its_own_can_not_be_defined(base: type[JobsError]) -> None:
    with pytest.raises(TypeError, match="give it a problem of its own"):
        type("ForgottenError", (base,), {})


def test_an_error_with_a_problem_that_has_no_page_can_not_be_defined() -> None:
    unknown = ProblemKind("unknown", "Unknown", 409, "unknown", "Unknown.", "Unknown.")
    with pytest.raises(TypeError, match="give it a problem of its own"):
        type("ForgottenError", (ConflictError,), {"problem": unknown})


def test_an_error_with_a_problem_of_another_status_can_not_be_defined() -> None:
    with pytest.raises(TypeError, match="its problem has status 409, its kind 404"):
        type("ContraryError", (NotFoundError,), {"problem": problem_kinds.FIT_ENDED})
