"""A fit of one curve in the hands of a worker: prepared, trained in chunks, each of them reported."""

import math
import time
from array import array
from collections.abc import Generator, Iterator
from dataclasses import asdict
from typing import Any, TypeVar

from sqlalchemy import Engine

from app.fitting.optimizers import OPTIMIZERS, make_optimizer
from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import CompressedProblem, compressed
from app.fitting.problems.problem import Problem
from app.fitting.profile import profile_intervals
from app.fitting.statistics import statistics
from app.fitting.training import Checkpoint, Chunk, Stop, resumed, start, train
from app.jobs.store.attempts import Attempt, ChunkReport, Work, heartbeat, report_chunk
from app.jobs.store.records import Ending
from app.jobs.worker.execution import Execution
from app.jobs.worker.loops import Loops
from app.jobs.worker.preparation import PIECE_SECONDS, Notes, prepared

Answer = TypeVar("Answer")


class StoppedError(Exception):
    """The fit is cancelled, or in other hands."""


class Training:
    """A fit that is being trained. Raises NotFiniteError, SeriesError, StoppedError where it can't be."""

    def __init__(self, engine: Engine, attempt: Attempt, work: Work, loops: Loops) -> None:
        began = time.monotonic()
        self.attempt, self.work, self._engine = attempt, work, engine
        self._problem, self._notes = answer_of(prepared(work), engine, attempt)
        self._problem.evaluations.count += (work.result or {}).get("nfev", 0)
        self.optimizer, self.steps, self._max_seconds = optimizer_of(work.request)
        self.objective = objective_of(self._problem, work.request)
        self.loop = loops.for_training(self.objective, self.optimizer, work.batch_key)
        if work.checkpoint is None:
            self.checkpoint = start(self.objective, self.optimizer, self._problem.start)
        else:
            self.checkpoint = resumed(self.optimizer, Checkpoint.from_bytes(work.checkpoint, work.request["device"]))
        self._execution = Execution.of(work.result, self.objective is not self._problem)
        self._timings = dict(work.timings)
        self._timings["building"] += time.monotonic() - began
        self._began = time.monotonic() - self._timings["training"]

    def chunks(self, chunk_seconds: float) -> Iterator[Chunk]:
        """From the checkpoint on, by itself."""
        left = self._max_seconds - self._timings["training"]
        return train(self.objective, self.optimizer, self.checkpoint, self.steps, chunk_seconds, left, self.loop.find)

    def finish(self, chunk_seconds: float) -> None:
        """Train by itself until it ends, is cancelled, or is handed to another worker."""
        for chunk in self.chunks(chunk_seconds):
            if not report_chunk(self._engine, self.attempt, self.work.fit_number, self.report(chunk)):
                return

    def report(self, chunk: Chunk) -> ChunkReport:
        """What to say after a chunk; with statistics after the last."""
        self.checkpoint = chunk.checkpoint
        passed = time.monotonic() - self._began
        self.loop.trained(passed - self._timings["training"])
        self._timings["training"] = passed
        self._execution = self._execution.after(self.loop.compiled_steps(len(chunk.losses)))
        result = _result(self._problem, chunk, self._notes, self._execution, self._timings)
        if result is not None and chunk.stop is not None and chunk.stop.succeeded:
            result["statistics"] = self._statistics(chunk.checkpoint)
        return _report(chunk, result, self.optimizer)

    def _statistics(self, checkpoint: Checkpoint) -> dict[str, Any]:
        level, profile = confidence_of(self.work.request)
        nfev = self._problem.evaluations.count
        found = asdict(statistics(self._problem, checkpoint.parameters, level)) | {"nfev": nfev}
        if profile:
            intervals = profile_intervals(self._problem, checkpoint.parameters, level)
            found["profile_intervals"] = answer_of(intervals, self._engine, self.attempt)
        return found


def answer_of(pieces: Generator[object, None, Answer], engine: Engine, attempt: Attempt) -> Answer:
    """What pieces of work lead to; the worker's heart beats between them. Raises StoppedError."""
    beaten = time.monotonic()
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            answer: Answer = end.value
            return answer
        if time.monotonic() - beaten >= PIECE_SECONDS:
            if not heartbeat(engine, attempt):
                raise StoppedError
            beaten = time.monotonic()


def optimizer_of(request: dict[str, Any]) -> tuple[Optimizer, int, float]:
    """The optimizer of a stored request, its steps and its seconds."""
    hyperparameters = dict(request["hyperparameters"])
    name, steps = hyperparameters.pop("optimizer"), hyperparameters.pop("steps")
    max_seconds = hyperparameters.pop("max_seconds", None)
    hyperparameters.pop("compression", None)
    return make_optimizer(name, **hyperparameters), steps, math.inf if max_seconds is None else max_seconds


def confidence_of(request: dict[str, Any]) -> tuple[float, bool]:
    """Confidence level of a stored request, and whether intervals by profile likelihood are wanted."""
    confidence = request.get("confidence", {"level": 0.95, "profile": False})
    return confidence["level"], confidence["profile"]


def ending_of(stop: Stop, optimizer: Optimizer) -> Ending:
    """How a fit ends whose training by this optimizer stopped so."""
    if stop.succeeded:
        return Ending("succeeded", stop.reason, stop.message)
    may_go_slower = stop.reason == "diverged" and optimizer.slower_by is not None
    field = f"hyperparameters.{optimizer.slower_by}" if may_go_slower else "parameters"
    return Ending.failed(stop.reason, stop.message, stop.step, field)


def _report(chunk: Chunk, result: dict[str, Any] | None, optimizer: Optimizer) -> ChunkReport:
    checkpoint = chunk.checkpoint
    return ChunkReport(
        first_step=chunk.first_step,
        losses=array("d", chunk.losses),
        step=checkpoint.step,
        loss=checkpoint.loss if checkpoint.finite else None,
        checkpoint=checkpoint.to_bytes() if chunk.stop is None else None,
        result=result,
        ending=None if chunk.stop is None else ending_of(chunk.stop, optimizer),
    )


def objective_of(problem: Problem, request: dict[str, Any]) -> Problem | CompressedProblem:
    """Over few nodes instead of all points, where that is exact and the optimizer takes many steps."""
    wanted = request["hyperparameters"].get("compression", True)
    if not (OPTIMIZERS[request["hyperparameters"]["optimizer"]].cheap_steps and wanted):
        return problem
    return compressed(problem) or problem


def _result(
    problem: Problem, chunk: Chunk, notes: Notes, execution: Execution, timings: dict[str, float]
) -> dict[str, Any] | None:
    checkpoint = chunk.checkpoint
    coefficients = problem.coefficients(checkpoint.parameters)
    # A tied parameter may have no finite value where all free ones and the loss do.
    if not (checkpoint.finite and all(map(math.isfinite, coefficients.values()))):
        return None
    return {
        "coefficients": coefficients,
        "formula": problem.formula.with_numbers(coefficients),
        "final_loss": checkpoint.loss,
        "steps": checkpoint.step,
        "criterion": None if chunk.stop is None else chunk.stop.criterion,
        "nfev": problem.evaluations.count,
        **notes.as_json(),
        "execution": asdict(execution),
        "statistics": None,
        "timings": dict(timings),
    }
