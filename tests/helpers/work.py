"""Work that rests now and then, so that a worker can look outside, and what it answers."""

from collections.abc import Generator
from typing import TypeVar

Answer = TypeVar("Answer")


def rests_and_answer(work: Generator[None, None, Answer]) -> tuple[int, Answer]:
    """Return how often the work let others look, and what it answers."""
    rests = 0
    while True:
        try:
            next(work)
        except StopIteration as end:
            return rests, end.value
        rests += 1


def answer(work: Generator[None, None, Answer]) -> Answer:
    """Return what the work answers."""
    return rests_and_answer(work)[1]
