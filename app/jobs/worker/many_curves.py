"""A fit of many curves in the hands of a worker: in blocks of curves, each reported when all of its curves have ended.

A worker that takes the fit, or a part of it, over goes on with the first block that was not reported.
"""

import time
from array import array
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from app.fitting.curves import CurveProblem, CurveResults, fit_curves, fit_shared
from app.fitting.optimizers.base import Optimizer
from app.fitting.programs.coverage import OF_SHARED, why_step_by_step
from app.fitting.programs.machine import this_machine
from app.fitting.starts.second_tries import with_second_tries
from app.jobs.data.columns import LEFT_OUT, LENGTHS, StoredData
from app.jobs.data.curve_results import block_table, loss_table, to_bytes
from app.jobs.fit.curve_blocks import curves_at_once, stored_together
from app.jobs.fit.curve_progress import CurveProgress, PartSummary
from app.jobs.fit.optimizer import most_seconds, optimizer_of, wants_compression
from app.jobs.fit.result import CurveCounts, Execution, StartSearch, StoredResult, Timings
from app.jobs.fit.stored import StoredFit
from app.jobs.store.curve_endings import ending_of, timeout_of
from app.jobs.store.work import ChunkReport, CurveBlock, PartReport, Work
from app.jobs.worker.canonical import canonical_of
from app.jobs.worker.driver import Pieces
from app.jobs.worker.preparation import Prepared, prepared
from app.schemas.status import Reason


@dataclass(frozen=True)
class _Held:
    """The curves that a worker has in hand: all of a fit, or those of a part."""

    fit: StoredFit
    """The fit as if it had no other curves."""
    data: StoredData
    first: int
    """Number of the first of them among all of the fit."""
    size: int
    """Most curves of a block."""

    @property
    def curves(self) -> int:
        """Return their number."""
        return self.data.curves or 0

    @classmethod
    def of(cls, work: Work, target: StoredData) -> "_Held":
        """Return the curves that the work is of, given the target of the whole fit."""
        fit, part = work.fit, work.part
        # Blocks are those of the whole fit, whatever its parts.
        size = target.curves or 0 if fit.shared else curves_at_once(target, fit.hyperparameters.steps)
        if part is None:
            return cls(fit, target, 0, size)
        return cls(replace(fit, target=part.data), part.data, part.curves.start, size)


TrainedBlock = tuple[CurveResults, Execution, StartSearch | None]
"""Results of a block, and what is known then of all that were trained so far."""


def train_many(work: Work, target: StoredData, chunk_seconds: float) -> Pieces[None]:
    """Fit all curves of a target, or those of a part, with a report after each block of them.

    Raises NotFiniteError for a number that is not finite in the format of the training.
    """

    def trained(held: _Held, curves: range, execution: Execution, search: StartSearch | None) -> Pieces[TrainedBlock]:
        return _trained(work, held, curves, execution, search, chunk_seconds)

    return _block_by_block(work, _Held.of(work, target), trained)


def give_up(work: Work, target: StoredData) -> Iterator[ChunkReport]:
    """Yield reports that let the curves of a part fail which have not ended: it has killed one worker after another."""

    def failed(held: _Held, curves: range, execution: Execution, search: StartSearch | None) -> Pieces[TrainedBlock]:
        yield from ()
        return _of_none(held.fit, len(curves), Reason.WORKER_LOST), execution, search

    reports = _block_by_block(work, _Held.of(work, target), failed)
    return (report for report in reports if report is not None)


def _block_by_block(
    work: Work,
    held: _Held,
    trained: Callable[[_Held, range, Execution, StartSearch | None], Pieces[TrainedBlock]],
) -> Pieces[None]:
    began = time.monotonic() - work.timings.training
    progress, known = _progress_of(work), _known_of(work)
    execution = (known.execution or Execution()).on(this_machine().description)
    search = known.search
    while progress.curves < held.curves:
        curves = range(progress.curves, min(progress.curves + held.size, held.curves))
        results, execution, search = yield from trained(held, curves, execution, search)
        progress = progress.with_results(results)
        if work.part is None:
            progress = progress.in_one_block
        timings = replace(work.timings, training=time.monotonic() - began)
        report = _report(work, held, curves.start, results, progress, timings, execution, search)
        yield report
        if report.ending is not None:
            return


def _progress_of(work: Work) -> CurveProgress:
    if work.checkpoint is None:
        return CurveProgress.of_none()
    read = CurveProgress.from_checkpoint if work.part is None else CurveProgress.from_bytes
    return read(work.checkpoint)


def _known_of(work: Work) -> StoredResult | PartSummary:
    """Return what earlier attempts have found."""
    if work.part is not None:
        return work.part.summary
    return PartSummary() if work.result is None else work.result


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
    work: Work, held: _Held, curves: range, execution: Execution, search: StartSearch | None, chunk_seconds: float
) -> Pieces[TrainedBlock]:
    """Fit some curves that stand one after another; those without points fail alone."""
    places = _with_points(work, curves)
    if places is not None and not len(places):
        return _of_none(held.fit, len(curves), Reason.NO_POINTS), execution, search
    fit, shared = held.fit, held.fit.shared
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


def _of_none(fit: StoredFit, curves: int, reason: Reason) -> CurveResults:
    """Return the results of so many curves of which none could be trained."""
    none = CurveResults.of_none([*fit.parameters])
    return none.among(torch.empty(0, dtype=torch.int64), curves, reason)


def _with_points(work: Work, curves: range) -> Tensor | None:
    """Return the numbers within `curves` of those that have points, (some,); None where all have."""
    lengths = work.arrays.get(LENGTHS)
    if lengths is None or all(lengths[curves.start : curves.stop]):
        return None
    return torch.tensor([number for number, curve in enumerate(curves) if lengths[curve]], dtype=torch.int64)


def _report(
    work: Work,
    held: _Held,
    first_curve: int,
    results: CurveResults,
    progress: CurveProgress,
    timings: Timings,
    execution: Execution,
    search: StartSearch | None,
) -> ChunkReport:
    losses, has_ended = progress.losses, progress.curves == held.curves
    result = StoredResult(
        coefficients=_shared_coefficients(results, held.fit.shared),
        formula=None,
        final_loss=losses[-1],
        steps=len(losses) - 1,
        model=held.fit.formula,
        start={},
        statistics=results.statistics,
        curves=CurveCounts(held.curves, progress.succeeded, progress.curves - progress.succeeded),
        execution=execution,
        timings=timings,
        search=search,
    )
    report = ChunkReport(
        first_step=0,
        losses=array("d"),
        step=result.steps,
        loss=result.final_loss,
        checkpoint=None,
        result=result,
        ending=None,
        blocks=tuple(_stored(held, first_curve, results, work.arrays.get(LEFT_OUT))),
    )
    if work.part is not None:
        return replace(report, part=PartReport(progress, has_ended, most_seconds(held.fit)))
    if has_ended:
        return replace(report, losses=array("d", losses[:-1]), ending=ending_of(progress, held.curves))
    if timings.training > most_seconds(held.fit):
        return replace(report, ending=timeout_of(result, held.curves))
    return replace(report, checkpoint=progress.to_checkpoint())


def _shared_coefficients(results: CurveResults, shared: Collection[str]) -> dict[str, float]:
    """Return the coefficients of which all curves have the same; a curve without points has none."""
    finite = {name: values[values.isfinite()] for name, values in results.coefficients.items() if name in shared}
    return {name: values[0].item() for name, values in finite.items() if len(values)}


def _stored(
    held: _Held, first_curve: int, results: CurveResults, left_out: "array[float] | None"
) -> Iterator[CurveBlock]:
    """Yield the results of a block for the store, given the number of its first curve among those in hand."""
    count, labels = len(results.reasons), held.data.labels
    columns = {"coefficients": _numbers(results.coefficients), "stderr": _numbers(results.stderr)}
    table = block_table(
        held.first + first_curve,
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
        yield CurveBlock(held.first + first_curve + begin, length, *parts)


def _numbers(named: Mapping[str, Tensor]) -> dict[str, Any]:
    return {name: values.cpu().numpy() for name, values in named.items()}
