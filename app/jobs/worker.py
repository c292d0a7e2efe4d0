"""What a worker process does with a fit: builds the problem, trains in chunks, reports after each."""

import logging
import math
import signal
import time
from array import array
from dataclasses import asdict
from functools import cache
from typing import Any

import torch
from sqlalchemy import Engine, exc

from app.fitting.optimizers import make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.fitting.problem import NotFiniteError, Problem
from app.fitting.statistics import statistics
from app.fitting.training import Checkpoint, Chunk, Stop, start, train
from app.jobs.attempts import Attempt, ChunkReport, Work, begin, end, report_chunk
from app.jobs.building import problem_of
from app.jobs.database import open_engine
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


def run_fit(database_url: str, attempt: Attempt, chunk_seconds: float) -> None:
    """Train a fit until it ends, is cancelled, or is handed to another worker.

    Raises one of DATABASE_AWAY if the database does not answer; the fit then goes on from its checkpoint later.
    """
    engine = _engine(database_url)
    work = begin(engine, attempt)
    if work is None:
        return
    try:
        _train(engine, attempt, work, chunk_seconds)
    except DATABASE_AWAY:
        raise
    except NotFiniteError as error:
        end(engine, attempt, Ending.failed("nonfinite", str(error), field=f"target.{error.field}"))
    except Exception as error:
        logger.exception("%s failed", attempt.fit_id)
        end(engine, attempt, _unforeseen(error))


def _train(engine: Engine, attempt: Attempt, work: Work, chunk_seconds: float) -> None:
    began = time.monotonic()
    problem = problem_of(work.request, work.arrays)
    optimizer, steps = _optimizer(work)
    if work.checkpoint is None:
        checkpoint = start(problem, optimizer, problem.start)
    else:
        checkpoint = Checkpoint.from_bytes(work.checkpoint, work.request["device"])
    timings = dict(work.timings)
    timings["building"] += time.monotonic() - began
    began = time.monotonic() - timings["training"]
    for chunk in train(problem, optimizer, checkpoint, steps, chunk_seconds):
        timings["training"] = time.monotonic() - began
        if not report_chunk(engine, attempt, work.fit_number, _report(problem, chunk, timings)):
            return


def _optimizer(work: Work) -> tuple[Optimizer, int]:
    hyperparameters = dict(work.request["hyperparameters"])
    name, steps = hyperparameters.pop("optimizer"), hyperparameters.pop("steps")
    return make_optimizer(name, **hyperparameters), steps


def _report(problem: Problem, chunk: Chunk, timings: dict[str, float]) -> ChunkReport:
    checkpoint = chunk.checkpoint
    coefficients = problem.coefficients(checkpoint.parameters)
    # A tied parameter may have no finite value where all free ones and the loss do.
    finite = checkpoint.finite and all(map(math.isfinite, coefficients.values()))
    return ChunkReport(
        first_step=chunk.first_step,
        losses=array("d", chunk.losses),
        step=checkpoint.step,
        loss=checkpoint.loss if checkpoint.finite else None,
        checkpoint=checkpoint.to_bytes(),
        result=_result(problem, chunk, coefficients, timings) if finite else None,
        ending=None if chunk.stop is None else _ending(chunk.stop),
    )


def _result(
    problem: Problem, chunk: Chunk, coefficients: dict[str, float], timings: dict[str, float]
) -> dict[str, Any]:
    checkpoint = chunk.checkpoint
    succeeded = chunk.stop is not None and chunk.stop.succeeded
    return {
        "coefficients": coefficients,
        "formula": problem.formula.with_numbers(coefficients),
        "final_loss": checkpoint.loss,
        "steps": checkpoint.step,
        "statistics": asdict(statistics(problem, checkpoint.parameters)) if succeeded else None,
        "timings": dict(timings),
    }


def _ending(stop: Stop) -> Ending:
    if stop.succeeded:
        return Ending("succeeded", stop.reason, stop.message)
    field = "parameters" if stop.reason == "nonfinite" else "hyperparameters.learning_rate"
    return Ending.failed(stop.reason, stop.message, stop.step, field)


def _unforeseen(error: Exception) -> Ending:
    # PyTorch has no exception class of its own for a failed allocation on the CPU.
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error):
        return Ending.failed("out_of_memory", "the fit does not fit into memory: give fewer points")
    return Ending.failed("internal_error", "the service made a mistake; its log says more. Please report it")
