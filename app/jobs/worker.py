"""What a worker process does with a fit that it is handed."""

import logging
import signal
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from sqlalchemy import Engine, exc

from app.fitting.problem import NotFiniteError
from app.fitting.series import SeriesError
from app.jobs.attempts import Attempt, begin, end
from app.jobs.database import open_engine
from app.jobs.loops import Loops
from app.jobs.many_curves import train_many
from app.jobs.one_curve import StoppedError, train_one
from app.jobs.records import Ending

logger = logging.getLogger(__name__)

DATABASE_AWAY = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""The database does not answer at the moment; no fit is to blame."""


def dask_setup(_worker: object) -> None:
    """Dask calls this once when a worker process starts (this module is its preload)."""
    # One fit a process and one process a core: more threads would only fight for the cores.
    torch.set_num_threads(1)
    # Ctrl-C reaches the whole process group; the service stops its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@cache
def _engine(database_url: str) -> Engine:
    # Nobody waits for a worker's answer, so it may wait long for the database.
    return open_engine(database_url, patience_seconds=60)


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker process is told with each fit."""

    database_url: str
    chunk_seconds: float
    loops_folder: Path
    """Where compiled loops are."""
    may_compile: bool


@cache
def _loops(folder: Path, may_compile: bool) -> Loops:
    return Loops(folder, may_compile)


def run_fit(settings: WorkerSettings, attempt: Attempt) -> None:
    """Train a fit until it ends, is cancelled, or is handed to another worker.

    Raises one of DATABASE_AWAY if the database does not answer; the fit then goes on from its checkpoint later.
    """
    engine = _engine(settings.database_url)
    work = begin(engine, attempt)
    if work is None:
        return
    try:
        if work.request["target"].get("curves") is not None:
            train_many(engine, attempt, work, settings.chunk_seconds)
        else:
            loops = _loops(settings.loops_folder, settings.may_compile)
            train_one(engine, attempt, work, settings.chunk_seconds, loops)
    except DATABASE_AWAY:
        raise
    except StoppedError:
        return
    except NotFiniteError as error:
        end(engine, attempt, Ending.failed("nonfinite", str(error), field=f"target.{error.field}"))
    except SeriesError as error:
        end(engine, attempt, Ending.failed("nonfinite", str(error), field=f"model.{error.field}"))
    except Exception as error:
        logger.exception("%s failed", attempt.fit_id)
        end(engine, attempt, _unforeseen(error))


def _unforeseen(error: Exception) -> Ending:
    # PyTorch has no exception class of its own for a failed allocation on the CPU.
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error):
        return Ending.failed("out_of_memory", "the fit does not fit into memory: give fewer points")
    return Ending.failed("internal_error", "the service made a mistake; its log says more. Please report it")
