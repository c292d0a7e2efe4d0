"""The work of a worker process on the fits that it is handed."""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import torch
from sqlalchemy import Engine

from app.fitting.formulas.series import SeriesError
from app.fitting.problems.data import NotFiniteError
from app.jobs.data.columns import StoredData
from app.jobs.fit.problem import path_of
from app.jobs.store.attempts import Attempt, Work, begin_together, end
from app.jobs.store.database import open_engine, unavailability
from app.jobs.store.records import Ending
from app.jobs.worker.driver import Answer, Pieces, StoppedError, driven
from app.jobs.worker.loops import Loops
from app.jobs.worker.many_curves import train_many
from app.jobs.worker.one_curve import begun, train_one
from app.jobs.worker.together import Trainings, train_together
from app.schemas.status import Reason

logger = logging.getLogger(__name__)


def dask_setup(_worker: object) -> None:
    """Set up a worker process; Dask calls this once when it starts (this module is its preload)."""
    # One fit a process and one process a core: more threads would only fight for the cores.
    torch.set_num_threads(1)
    # Ctrl-C reaches the whole process group; the service stops its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The libraries stay: the garbage collector need not look through them again and again.
    gc.freeze()


@cache
def _engine(database_url: str) -> Engine:
    # Nobody waits for a worker's answer, so it may wait long for the database.
    return open_engine(database_url, patience_seconds=60)


@dataclass(frozen=True)
class WorkerSettings:
    """The settings that a worker process is handed with each group of fits."""

    database_url: str
    chunk_seconds: float
    loops_folder: Path
    """Where compiled loops are."""
    may_compile: bool


@cache
def _loops(folder: Path, may_compile: bool) -> Loops:
    return Loops(folder, may_compile)


@cache
def _thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "fits")


async def work_on(settings: WorkerSettings, attempts: Sequence[Attempt]) -> None:
    """Call `run_fits` in a thread beside the worker's event loop, which has to go on sending heartbeats."""
    await asyncio.get_running_loop().run_in_executor(_thread(), run_fits, settings, attempts)


def run_fits(settings: WorkerSettings, attempts: Sequence[Attempt]) -> None:
    """Train fits until each ends, is cancelled, or is handed to another worker.

    Raises the error of a database that can't be used at the moment; the fits then go on from their checkpoints later.
    """
    engine = _engine(settings.database_url)
    loops = _loops(settings.loops_folder, settings.may_compile)
    together: Trainings = {}
    for attempt, work in zip(attempts, begin_together(engine, attempts), strict=True):
        if work is None:
            continue
        if len(attempts) == 1:
            pieces = _trained(work, loops, settings.chunk_seconds)
            _guarded(engine, attempt, partial(driven, engine, attempt, work.fit_number, pieces))
        else:
            training = _guarded(engine, attempt, partial(driven, engine, attempt, work.fit_number, begun(work, loops)))
            together |= {} if training is None else {attempt: training}
    for attempt, training in train_together(engine, together, settings.chunk_seconds).items():
        pieces = training.to_the_end(settings.chunk_seconds)
        _guarded(engine, attempt, partial(driven, engine, attempt, training.work.fit_number, pieces))


def _trained(work: Work, loops: Loops, chunk_seconds: float) -> Pieces[None]:
    target = work.fit.target
    if isinstance(target, StoredData) and target.curves is not None:
        yield from train_many(work, target, loops, chunk_seconds)
    else:
        yield from train_one(work, loops, chunk_seconds)


def _guarded(engine: Engine, attempt: Attempt, run: Callable[[], Answer]) -> Answer | None:
    """Do the work on one fit and return its answer; None where an error ended that fit, and no other."""
    try:
        return run()
    except StoppedError:
        pass
    except NotFiniteError as error:
        end(engine, attempt, Ending.failed(Reason.NONFINITE, str(error), field=f"target.{error.field}"))
    except SeriesError as error:
        end(engine, attempt, Ending.failed(Reason.NONFINITE, str(error), field=".".join(path_of(error))))
    except Exception as error:
        if unavailability(error) is not None:
            raise
        logger.exception("%s failed", attempt.fit_id)
        end(engine, attempt, _unforeseen(error))
    return None


def _unforeseen(error: Exception) -> Ending:
    # PyTorch has no exception class of its own for a failed allocation on the CPU.
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error):
        return Ending.failed(Reason.OUT_OF_MEMORY, "the fit does not fit into memory: give fewer points")
    return Ending.failed(Reason.INTERNAL_ERROR, "the service made a mistake; its log says more. Please report it")
