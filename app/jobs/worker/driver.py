"""The driver of the work on a fit: it goes on piece by piece, passes reports on, and sends heartbeats in between."""

import logging
import time
from collections.abc import Callable, Generator
from typing import TypeVar

import torch
from sqlalchemy import Engine

from app.fitting.formulas.series import SeriesError
from app.fitting.problems.data import NotFiniteError
from app.jobs.errors import FitDamagedError
from app.jobs.fit.problem import path_of
from app.jobs.store.attempt import Attempt
from app.jobs.store.attempts import end, heartbeat
from app.jobs.store.database import unavailability
from app.jobs.store.records import Ending
from app.jobs.store.work import ChunkReport
from app.jobs.worker.preparation import PIECE_SECONDS
from app.schemas.status import Reason

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Pieces = Generator[ChunkReport | None, None, Answer]
"""Work that stops now and then, with a report or only for a moment's rest, and returns its answer."""
Tell = Callable[[ChunkReport], bool]
"""Takes a report, and tells whether the work is to go on."""


class StoppedError(Exception):
    """The fit has been cancelled, or another worker has it."""


def driven(engine: Engine, attempt: Attempt, pieces: Pieces[Answer], tell: Tell) -> Answer:
    """Do pieces of work to the end, and return their answer. Raises StoppedError if the fit is not to go on."""
    beaten = time.monotonic()
    while True:
        try:
            report = next(pieces)
        except StopIteration as stop:
            answer: Answer = stop.value
            return answer
        if report is not None:
            goes_on = tell(report) or report.ending is not None
        elif time.monotonic() - beaten >= PIECE_SECONDS:
            goes_on = heartbeat(engine, attempt)
        else:
            continue
        if not goes_on:
            raise StoppedError
        beaten = time.monotonic()


def guarded(engine: Engine, attempt: Attempt, run: Callable[[], object]) -> None:
    """Do the work on one fit; an error ends that fit, and no other.

    Raises the error of a database that can't be used at the moment.
    """
    try:
        run()
    except StoppedError:
        pass
    except NotFiniteError as error:
        field = "model" if error.field == "model" else f"target.{error.field}"
        end(engine, attempt, Ending.failed(Reason.NONFINITE, str(error), field=field))
    except SeriesError as error:
        end(engine, attempt, Ending.failed(Reason.NONFINITE, str(error), field=".".join(path_of(error))))
    except Exception as error:
        if unavailability(error) is not None:
            raise
        logger.exception("%s failed", attempt.fit_id)
        end(engine, attempt, unforeseen(error))


def unforeseen(error: Exception) -> Ending:
    """Return the end of a fit that an error ended of which its request is not to blame."""
    if isinstance(error, FitDamagedError):
        return Ending.failed(Reason.INTERNAL_ERROR, str(error))
    # PyTorch has no exception class of its own for a failed allocation on the CPU.
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error):
        return Ending.failed(Reason.OUT_OF_MEMORY, "the fit does not fit into memory: give fewer points")
    return Ending.failed(Reason.INTERNAL_ERROR, "the service made a mistake; its log says more. Please report it")
