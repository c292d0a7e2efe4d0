"""A fit of one curve in the hands of a worker: prepared, then trained in chunks, each of them reported."""

import math
import time
from array import array
from collections.abc import Iterator
from dataclasses import replace

from app.fitting.optimizers.base import Optimizer
from app.fitting.problems.compression import CompressedProblem, compressed
from app.fitting.problems.problem import Problem
from app.fitting.profile import profile_intervals
from app.fitting.programs.coverage import why_step_by_step
from app.fitting.programs.machine import this_machine
from app.fitting.starts.search import MOST_MINIMA, SAME
from app.fitting.statistics import Statistics, statistics
from app.fitting.training import Checkpoint, Chunk, StepByStep, Stop, resumed, runner_of, start, train
from app.jobs.fit.optimizer import most_seconds, optimizer_of, wants_compression
from app.jobs.fit.result import Execution, Minimum, StoredResult, Timings
from app.jobs.fit.stored import StoredFit
from app.jobs.store.records import Ending
from app.jobs.store.work import ChunkReport, Work
from app.jobs.worker.canonical import canonical_of
from app.jobs.worker.driver import Pieces
from app.jobs.worker.preparation import Prepared, prepared, prepared_again
from app.schemas.status import Reason, Status


def train_one(work: Work, chunk_seconds: float) -> Pieces[None]:
    """Train a fit to its end, with a report after each chunk. Raises NotFiniteError, SeriesError."""
    training = yield from begun(work)
    yield from training.to_the_end(chunk_seconds)


def begun(work: Work) -> Pieces["Training"]:
    """Return the training of a fit, before its next step. Raises NotFiniteError, SeriesError."""
    began = time.monotonic()
    ready = None if work.result is None else prepared_again(work.fit, work.arrays, work.result)
    if ready is None:
        ready = yield from prepared(work.fit, work.arrays)
    return Training(work, ready, began)


class Training:
    """A fit of one curve that is being trained."""

    def __init__(self, work: Work, ready: Prepared, began: float) -> None:
        before = work.result
        self.work, self._ready = work, ready
        self._problem = ready.problem.alone(0)
        self._start = dict(zip(self._problem.parameters.free, self._problem.start.tolist(), strict=True))
        self._problem.evaluations.count += (before.nfev or 0) if before is not None else 0
        self.optimizer, self.steps = optimizer_of(work.fit), work.fit.hyperparameters.steps
        self.objective = objective_of(self._problem, work.fit)
        self._runner = runner_of(self.objective, self.optimizer)
        if work.checkpoint is None:
            self.checkpoint = start(self.objective, self.optimizer, self._problem.start, self._runner)
        else:
            self.checkpoint = resumed(self.optimizer, Checkpoint.from_bytes(work.checkpoint, work.fit.device))
        known = before.execution if before is not None else None
        because = why_step_by_step(self.objective, self.optimizer) if isinstance(self._runner, StepByStep) else None
        compressed_or_not = self.objective is not self._problem
        execution = known or Execution(compressed=compressed_or_not, step_by_step_because=because)
        self._execution = execution.on(this_machine().description)
        building = work.timings.building + time.monotonic() - began
        self._timings = replace(work.timings, building=building)
        self._began = time.monotonic() - self._timings.training

    def chunks(self, chunk_seconds: float) -> Iterator[Chunk]:
        """Train the fit by itself, from its checkpoint on; return an iterator over the chunks."""
        left = most_seconds(self.work.fit) - self._timings.training
        return train(self.objective, self.optimizer, self.checkpoint, self.steps, chunk_seconds, left, self._runner)

    def to_the_end(self, chunk_seconds: float) -> Pieces[None]:
        """Train the fit by itself to its end, with a report after each chunk."""
        for chunk in self.chunks(chunk_seconds):
            yield (yield from self.report(chunk))

    def report(self, chunk: Chunk) -> Pieces[ChunkReport]:
        """Return the report of a chunk; that of the last one has statistics."""
        if chunk.stop is not None and chunk.stop.succeeded:
            chunk = replace(chunk, checkpoint=self._canonical(chunk.checkpoint))
        self.checkpoint = chunk.checkpoint
        passed = time.monotonic() - self._began
        self._timings = replace(self._timings, training=passed)
        self._execution = self._execution.after(max(len(chunk.losses) - self._runner.careful_steps, 0))
        result = _result(self._problem, chunk, self._ready, self._start, self._execution, self._timings)
        if result is not None and chunk.stop is not None and chunk.stop.succeeded:
            result = replace(result, statistics=(yield from self._statistics(chunk.checkpoint)))
        return _report(chunk, result, self.optimizer)

    def _canonical(self, checkpoint: Checkpoint) -> Checkpoint:
        parameters = canonical_of(self.work.fit, self._ready.problem)(checkpoint.parameters[:, None])[:, 0]
        return replace(checkpoint, parameters=parameters)

    def _statistics(self, checkpoint: Checkpoint) -> Pieces[Statistics]:
        confidence, evaluations = self.work.fit.confidence, self._problem.evaluations.count
        summary = replace(statistics(self._problem, checkpoint.parameters, confidence.level), nfev=evaluations)
        if not confidence.profile:
            return summary
        intervals = yield from profile_intervals(self._problem, checkpoint.parameters, confidence.level)
        return replace(summary, profile_intervals=intervals)


def objective_of(problem: Problem, fit: StoredFit) -> Problem | CompressedProblem:
    """Return the objective over few nodes instead of all points, where that is exact and worth it."""
    return (compressed(problem) if wants_compression(fit) else None) or problem


def ending_of(stop: Stop, optimizer: Optimizer) -> Ending:
    """Return the end of a fit whose training by this optimizer has stopped."""
    if stop.succeeded:
        return Ending(Status.SUCCEEDED, Reason(stop.reason), stop.message)
    may_go_slower = stop.reason == "diverged" and optimizer.slower_by is not None
    field = f"hyperparameters.{optimizer.slower_by}" if may_go_slower else "parameters"
    return Ending.failed(Reason(stop.reason), stop.message, stop.step, field)


def _report(chunk: Chunk, result: StoredResult | None, optimizer: Optimizer) -> ChunkReport:
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


def _result(
    problem: Problem, chunk: Chunk, ready: Prepared, start: dict[str, float], execution: Execution, timings: Timings
) -> StoredResult | None:
    checkpoint = chunk.checkpoint
    coefficients = problem.coefficients(checkpoint.parameters)
    # A tied parameter may have no finite value where all free ones and the loss do.
    if not (checkpoint.finite and all(map(math.isfinite, coefficients.values()))):
        return None
    return StoredResult(
        coefficients=coefficients,
        formula=problem.formula.with_numbers(coefficients),
        final_loss=checkpoint.loss,
        steps=checkpoint.step,
        criterion=None if chunk.stop is None else chunk.stop.criterion,
        nfev=problem.evaluations.count,
        model=ready.model,
        start=start,
        selection=ready.selection,
        threshold=None if ready.threshold is None else ready.threshold.item(),
        execution=execution,
        timings=timings,
        search=ready.search,
        minima=None if ready.minima is None else _with_end(ready.minima, coefficients, checkpoint.loss),
    )


def _with_end(minima: list[Minimum], coefficients: dict[str, float], loss: float) -> list[Minimum]:
    """Return the minima of a search, of which that where the training is takes the place of those that are the same."""
    others = [minimum for minimum in minima if not loss / SAME <= minimum.loss <= loss * SAME]
    return sorted([Minimum(coefficients, loss), *others], key=lambda minimum: minimum.loss)[:MOST_MINIMA]
