"""What a calculation process does: one calculation after the other, each within its memory."""

import gc
import os
import pickle
import signal
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from app.jobs.calculations.memory import limit_memory
from app.jobs.errors import CalculationTooLargeError, JobsError

Result = TypeVar("Result")

_NICENESS = 10


def parcel(function: Callable[..., Result], arguments: tuple[object, ...]) -> bytes:
    """Return a function, which is imported by its name, and its arguments for `run`."""
    return pickle.dumps((function, arguments))


def run(parcel: bytes, most_bytes: int) -> Any:
    """Return the result of a function that may take `most_bytes` of memory beside what the process has already.

    Raises what the function raises, and CalculationTooLargeError where it takes more. Where the function can't be
    imported, as on a full disk, the process ends: what is imported by half would fail ever after.
    """
    # A function's libraries stay, and the garbage collector would look through them again and again.
    gc.disable()
    try:
        function, arguments = pickle.loads(parcel)  # noqa: S301 - our own service wrote it
    except Exception:
        end()
    gc.enable()
    # Small fits, and who only wants to know whether the service lives, go first.
    os.setpriority(os.PRIO_PROCESS, 0, _NICENESS)
    limit_memory(most_bytes)
    try:
        return function(*arguments)
    except MemoryError:
        words = f"this takes more memory than the {most_bytes} bytes of FIT_CALCULATION_BYTES"
        raise CalculationTooLargeError(words) from None
    except Exception as error:
        if not isinstance(error, JobsError):
            # A traceback does not go to the process that asked.
            error.add_note(traceback.format_exc())
        raise


def end() -> None:
    """End the process at once: what asked for it is told that it has ended."""
    os.kill(os.getpid(), signal.SIGKILL)
