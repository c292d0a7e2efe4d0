"""A fit of many curves in the hands of a worker: in blocks of curves, each reported when all of its curves have ended.

A worker that takes the fit over goes on with the first block that was not reported.
"""

import json
import time
from array import array
from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem, CurveResults, fit_curves, fit_shared
from app.fitting.optimizers.base import Optimizer
from app.fitting.programs.coverage import OF_SHARED, why_step_by_step
from app.fitting.programs.machine import this_machine
from app.fitting.starts.second_tries import with_second_tries
from app.fitting.training import SUCCEEDED
from app.jobs.data.columns import LEFT_OUT, LENGTHS, StoredData
from app.jobs.data.curve_results import block_table, loss_table, to_bytes
from app.jobs.fit.curve_blocks import curves_at_once, stored_together
from app.jobs.fit.optimizer import most_seconds, optimizer_of, wants_compression
from app.jobs.fit.result import CurveCounts, Execution, StartSearch, StoredResult, Timings
from app.jobs.fit.stored import StoredFit
from app.jobs.store.attempts import ChunkReport, CurveBlock, Work
from app.jobs.store.records import Ending
from app.jobs.worker.canonical import canonical_of
from app.jobs.worker.driver import Pieces
from app.jobs.worker.preparation import Prepared, prepared
from app.schemas.status import Reason, Status


@dataclass(frozen=True)
class _Progress:
    """The curves that have been reported so far."""

    reasons: Counter[str]
    """How many curves ended with each reason."""
    losses: list[float]
    """Sum over the curves of the loss after each step; a curve that has ended keeps its last."""

    @property
    def curves(self) -> int:
        """Return the number of curves that have ended."""
        return self.reasons.total()

    @property
    def succeeded(self) -> int:
        """Return the number of curves that ended with the coefficients that were asked for."""
        return sum(count for reason, count in self.reasons.items() if reason in SUCCEEDED)

    def with_results(self, results: CurveResults) -> "_Progress":
        """Return the progress after a further block of curves."""
        further = results.summed_losses().tolist()
        longest = max(len(self.losses), len(further))
        sums = [_held(self.losses, step) + _held(further, step) for step in range(longest)]
        return _Progress(self.reasons + Counter(results.reasons), sums)

    def to_bytes(self) -> bytes:
        """Return the progress as bytes, for a checkpoint."""
        return json.dumps([self.reasons, self.losses]).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "_Progress":
        """Return the progress in bytes that `to_bytes` wrote."""
        reasons, losses = json.loads(data)
        return cls(Counter(reasons), losses)


def _held(losses: list[float], step: int) -> float:
    return losses[min(step, len(losses) - 1)] if losses else 0.0


def train_many(work: Work, target: StoredData, chunk_seconds: float) -> Pieces[None]:
    """Fit all curves of a target, with a report after each block of them.

    Raises NotFiniteError for a number that is not finite in the format of the training.
    """
    fit, total = work.fit, target.curves or 0
    began = time.monotonic() - work.timings.training
    steps, shared = fit.hyperparameters.steps, fit.shared
    progress = _Progress(Counter(), []) if work.checkpoint is None else _Progress.from_bytes(work.checkpoint)
    size = total if shared else curves_at_once(target, steps)
    execution = (None if work.result is None else work.result.execution) or Execution()
    execution = execution.on(this_machine().description)
    search = None if work.result is None else work.result.search
    while progress.curves < total:
        curves = range(progress.curves, min(progress.curves + size, total))
        results, execution, search = yield from _trained(work, curves, execution, search, chunk_seconds)
        progress = progress.with_results(results)
        timings = replace(work.timings, training=time.monotonic() - began)
        report = _report(work, target, curves.start, results, progress, timings, execution, search)
        if report.ending is None and timings.training > most_seconds(fit):
            message = f"its time was up after {progress.curves} of {total} curves"
            report = replace(report, ending=Ending(Status.SUCCEEDED, Reason.TIMEOUT, message))
        yield report
        if report.ending is not None:
            return


def _each_alone(
    fit: StoredFit, ready: Prepared, optimizer: Optimizer, chunk_seconds: float
) -> Generator[None, None, CurveResults]:
    """Fit curves that share no parameter; those at which a start that was searched for failed get a second try."""
    canonical = canonical_of(fit, ready.problem)

    def trained(problem: CurveProblem) -> Generator[None, None, CurveResults]:
        steps = fit.hyperparameters.steps
        return fit_curves(problem, optimizer, steps, chunk_seconds, wants_compression(fit), canonical)

    results = yield from trained(ready.problem)
    if ready.search is None or ready.search_alone is None:
        return results
    again = (ready.search.parameters, ready.search_alone, trained)
    return (yield from with_second_tries(ready.problem, results, *again))


def _trained(
    work: Work, curves: range, execution: Execution, search: StartSearch | None, chunk_seconds: float
) -> Pieces[tuple[CurveResults, Execution, StartSearch | None]]:
    """Fit some curves that stand one after another; those without points fail alone.

    Returns their results, and what is known then of all that were trained so far.
    """
    places = _with_points(work, curves)
    if places is not None and not len(places):
        none = CurveResults.of_none([*work.fit.parameters])
        return none.among(places, len(curves), Reason.NO_POINTS), execution, search
    fit, shared = work.fit, work.fit.shared
    optimizer, steps = optimizer_of(fit), fit.hyperparameters.steps
    ready = yield from prepared(fit, work.arrays, curves, places)
    problem = ready.problem
    if shared:
        results = yield from fit_shared(problem, shared, optimizer, steps, chunk_seconds, fit.confidence.level)
    else:
        results = yield from _each_alone(fit, ready, optimizer, chunk_seconds)
        execution = replace(execution, compressed=execution.compressed or results.compressed)
        execution = execution.after(int(results.steps.sum()) if results.by_program else 0)
    if not results.by_program:
        because = OF_SHARED if shared else why_step_by_step(problem, optimizer)
        execution = replace(execution, step_by_step_because=because)
    results = replace(results, threshold=ready.threshold)
    if places is not None:
        results = results.among(places, len(curves), Reason.NO_POINTS)
    return results, execution, search or ready.search


def _with_points(work: Work, curves: range) -> Tensor | None:
    """Return the numbers within `curves` of those that have points, (some,); None where all have."""
    lengths = work.arrays.get(LENGTHS)
    if lengths is None or all(lengths[curves.start : curves.stop]):
        return None
    return torch.tensor([number for number, curve in enumerate(curves) if lengths[curve]], dtype=torch.int64)


def _report(
    work: Work,
    target: StoredData,
    first_curve: int,
    results: CurveResults,
    progress: _Progress,
    timings: Timings,
    execution: Execution,
    search: StartSearch | None,
) -> ChunkReport:
    total, loss, longest = target.curves or 0, progress.losses[-1], len(progress.losses) - 1
    has_ended = progress.curves == total
    return ChunkReport(
        first_step=0,
        losses=array("d", progress.losses[:-1] if has_ended else []),
        step=longest,
        loss=loss,
        checkpoint=None if has_ended else progress.to_bytes(),
        result=StoredResult(
            coefficients=_shared_coefficients(results, work.fit.shared),
            formula=None,
            final_loss=loss,
            steps=longest,
            model=work.fit.formula,
            start={},
            statistics=results.statistics,
            curves=CurveCounts(total, progress.succeeded, progress.curves - progress.succeeded),
            execution=execution,
            timings=timings,
            search=search,
        ),
        ending=_ending(progress) if has_ended else None,
        blocks=tuple(_stored(first_curve, results, target.labels, work.arrays.get(LEFT_OUT))),
    )


def _shared_coefficients(results: CurveResults, shared: Collection[str]) -> dict[str, float]:
    """Return the coefficients of which all curves have the same; a curve without points has none."""
    finite = {name: values[values.isfinite()] for name, values in results.coefficients.items() if name in shared}
    return {name: values[0].item() for name, values in finite.items() if len(values)}


def _stored(
    first_curve: int, results: CurveResults, labels: list[str] | None, left_out: "array[float] | None"
) -> Iterator[CurveBlock]:
    count = len(results.reasons)
    columns = {"coefficients": _numbers(results.coefficients), "stderr": _numbers(results.stderr)}
    table = block_table(
        first_curve,
        columns,
        results.final_loss.cpu().numpy(),
        results.steps.cpu().numpy(),
        results.reasons,
        None if labels is None else labels[first_curve : first_curve + count],
        None if results.threshold is None else results.threshold.cpu().numpy(),
        None if left_out is None else [int(lost) for lost in left_out[first_curve : first_curve + count]],
    )
    offsets = results.offsets.cpu().numpy()
    losses = loss_table(results.losses.cpu().numpy(), offsets)
    for curves in stored_together(offsets):
        begin, length = curves.start, curves.stop - curves.start
        parts = to_bytes(table.slice(begin, length)), to_bytes(losses.slice(begin, length))
        yield CurveBlock(first_curve + begin, length, *parts)


def _numbers(named: Mapping[str, Tensor]) -> dict[str, Any]:
    return {name: values.cpu().numpy() for name, values in named.items()}


def _ending(progress: _Progress) -> Ending:
    total, failed = progress.curves, progress.curves - progress.succeeded
    if failed:
        message = f"{failed} of {total} curves failed; GET /fit/{{id}}/curves says each one's reason"
        ending = Ending.failed(Reason.CURVES_FAILED, message)
        return ending if failed == total else Ending(Status.SUCCEEDED, Reason.CURVES_FAILED, message)
    reason = next(reason for reason in _WORST_FIRST if progress.reasons[reason])
    return Ending(Status.SUCCEEDED, reason, f"of {total} curves {progress.reasons[reason]} ended with reason {reason}")


_WORST_FIRST = (Reason.TIMEOUT, Reason.MAX_STEPS, Reason.SINGULAR, Reason.CONVERGED)
"""Reasons of curves that have succeeded; where all have, the fit ends with the first of these that one of them has."""
