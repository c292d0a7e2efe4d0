"""What a generator of work ends with."""

from collections.abc import Generator
from typing import TypeVar

Answer = TypeVar("Answer")


def end_of(work: Generator[None, None, Answer]) -> Answer:
    """Do all of the work, and return its answer."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
