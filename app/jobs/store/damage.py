"""What is kept of a fit and can't be read any more: it hurts this fit, and no other."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.jobs.errors import FitDamagedError


@contextmanager
def readable() -> Iterator[None]:
    """Read in this context what the database keeps of one fit. Raises FitDamagedError if it is not what was written."""
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        raise FitDamagedError from error
