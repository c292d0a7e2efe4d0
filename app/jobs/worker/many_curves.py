"""A fit of many curves in the hands of a worker: in blocks of curves, each reported when all of its curves have ended.

A worker that takes the fit over goes on with the first block that was not reported.
"""

import json
import math
import time
from array import array
from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Engine

from app.fitting.curves import CurveResults, fit_curves, fit_shared
from app.fitting.training import SUCCEEDED
from app.jobs.data.curve_results import block_table, loss_table, to_bytes
from app.jobs.store.attempts import Attempt, ChunkReport, CurveBlock, Work, report_chunk
from app.jobs.store.records import Ending
from app.jobs.worker.curve_preparation import Block, prepared
from app.jobs.worker.execution import Execution
from app.jobs.worker.loops import Loops, ProgramsOfCurves
from app.jobs.worker.one_curve import answer_of, confidence_of, optimizer_of

MOST_CURVES = 8192
"""Curves in a block."""
MOST_POINTS = 2**19
"""Points of a block, all curves together; a block has at least one curve."""
MOST_LOSSES = 2**24
"""Losses of a block, if every curve takes all of its steps."""


@dataclass(frozen=True)
class _Progress:
    """What has been reported."""

    reasons: Counter[str]
    """How many curves ended with each reason."""
    losses: list[float]
    """Sum over the curves of the loss after each step; a curve that has ended keeps its last."""

    @property
    def curves(self) -> int:
        """Curves that have ended."""
        return self.reasons.total()

    @property
    def succeeded(self) -> int:
        """Curves that ended with the coefficients that were asked for."""
        return sum(count for reason, count in self.reasons.items() if reason in SUCCEEDED)

    def with_results(self, results: CurveResults) -> "_Progress":
        """After a further block."""
        further = results.summed_losses().tolist()
        longest = max(len(self.losses), len(further))
        sums = [_held(self.losses, step) + _held(further, step) for step in range(longest)]
        return _Progress(self.reasons + Counter(results.reasons), sums)

    def to_bytes(self) -> bytes:
        """For the store."""
        return json.dumps([self.reasons, self.losses]).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "_Progress":
        """From the store."""
        reasons, losses = json.loads(data)
        return cls(Counter(reasons), losses)


def _held(losses: list[float], step: int) -> float:
    return losses[min(step, len(losses) - 1)] if losses else 0.0


def train_many(engine: Engine, attempt: Attempt, work: Work, chunk_seconds: float, loops: Loops) -> None:
    """Fit all curves, until the fit is cancelled or in other hands. Raises NotFiniteError, StoppedError."""
    timings, total = dict(work.timings), work.request["target"]["curves"]
    began = time.monotonic() - timings["training"]
    optimizer, steps, max_seconds = optimizer_of(work.request)
    progress = _Progress(Counter(), []) if work.checkpoint is None else _Progress.from_bytes(work.checkpoint)
    shared = [name for name, parameter in work.request["parameters"].items() if parameter["shared"]]
    size = total if shared else _curves_at_once(work.request["target"], steps)
    compress = work.request["hyperparameters"].get("compression", True)
    execution = Execution.of(work.result, compressed=False)
    while progress.curves < total:
        curves = range(progress.curves, min(progress.curves + size, total))
        block = answer_of(prepared(work, curves), engine, attempt)
        compiled = ProgramsOfCurves(loops, block.problem, optimizer)
        if shared:
            level, _ = confidence_of(work.request)
            fitting = fit_shared(block.problem, shared, optimizer, steps, chunk_seconds, level)
        else:
            fitting = fit_curves(block.problem, optimizer, steps, chunk_seconds, compress, compiled.programs())
        results = answer_of(fitting, engine, attempt)
        if not shared:
            execution = execution.after_block(results.compressed, compiled.compiled_steps(int(results.steps.sum())))
        progress = progress.with_results(results)
        timings["training"] = time.monotonic() - began
        report = _report(work, block, results, progress, timings, shared, execution)
        if report.ending is None and timings["training"] > max_seconds:
            message = f"its time was up after {progress.curves} of {total} curves"
            report = replace(report, ending=Ending("succeeded", "timeout", message))
        if not report_chunk(engine, attempt, work.fit_number, report):
            return


def _curves_at_once(target: dict[str, Any], steps: int) -> int:
    points: int = max(1, target["points"] // target["curves"])
    return max(1, min(MOST_CURVES, MOST_POINTS // points, MOST_LOSSES // steps))


def _report(
    work: Work,
    block: Block,
    results: CurveResults,
    progress: _Progress,
    timings: dict[str, float],
    shared: Collection[str],
    execution: Execution,
) -> ChunkReport:
    total = work.request["target"]["curves"]
    ended, loss = progress.curves == total, progress.losses[-1]
    longest = len(progress.losses) - 1
    return ChunkReport(
        first_step=0,
        losses=array("d", progress.losses[:-1] if ended else []),
        step=longest,
        loss=loss,
        checkpoint=None if ended else progress.to_bytes(),
        result={
            "coefficients": _shared_coefficients(results, shared),
            "formula": None,
            "final_loss": loss,
            "steps": longest,
            "model": work.request["formula"],
            "start": {},
            "statistics": None if results.statistics is None else asdict(results.statistics),
            "curves": {
                "total": total,
                "succeeded": progress.succeeded,
                "failed": progress.curves - progress.succeeded,
            },
            "execution": asdict(execution),
            "timings": dict(timings),
        },
        ending=_ending(progress) if ended else None,
        block=_stored(block, results, work.request["target"]["labels"]),
    )


def _shared_coefficients(results: CurveResults, shared: Collection[str]) -> dict[str, float]:
    found = {name: results.coefficients[name][0].item() for name in shared}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _stored(block: Block, results: CurveResults, labels: list[str] | None) -> CurveBlock:
    first, count = block.first, len(results.reasons)
    columns = {"coefficients": _numbers(results.coefficients), "stderr": _numbers(results.stderr)}
    table = block_table(
        first,
        columns,
        results.final_loss.cpu().numpy(),
        results.steps.cpu().numpy(),
        results.reasons,
        None if labels is None else labels[first : first + count],
    )
    losses = loss_table(results.losses.cpu().numpy(), results.offsets.cpu().numpy())
    return CurveBlock(first, count, to_bytes(table), to_bytes(losses))


def _numbers(named: Any) -> dict[str, Any]:
    return {name: values.cpu().numpy() for name, values in named.items()}


def _ending(progress: _Progress) -> Ending:
    total, failed = progress.curves, progress.curves - progress.succeeded
    if failed:
        message = f"{failed} of {total} curves failed; GET /fit/{{id}}/curves says each one's reason"
        ending = Ending.failed("curves_failed", message)
        return ending if failed == total else Ending("succeeded", "curves_failed", message)
    reason = next(reason for reason in ("timeout", "max_steps", "singular", "converged") if progress.reasons[reason])
    return Ending("succeeded", reason, f"of {total} curves {progress.reasons[reason]} ended with reason {reason}")
