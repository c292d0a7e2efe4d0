"""The progress of a fit of many curves, or of a part of one: which curves have ended, and how."""

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.fitting.curves import CurveResults
from app.fitting.training import SUCCEEDED
from app.jobs.fit.result import CurveCounts, Execution, StartSearch, StoredResult


@dataclass(frozen=True)
class CurveProgress:
    """The curves that have ended so far, block by block."""

    reasons: Counter[str]
    """How many curves ended with each reason."""
    sums: tuple[Sequence[float], ...]
    """Of each block, the sum over its curves of the loss after each step; a curve that has ended keeps its last."""

    @classmethod
    def of_none(cls) -> "CurveProgress":
        """Return the progress before the first block."""
        return cls(Counter(), ())

    @property
    def curves(self) -> int:
        """Return the number of curves that have ended."""
        return self.reasons.total()

    @property
    def succeeded(self) -> int:
        """Return the number of curves that ended with the coefficients that were asked for."""
        return sum(count for reason, count in self.reasons.items() if reason in SUCCEEDED)

    @property
    def losses(self) -> list[float]:
        """Return the sum over all curves of the loss after each step.

        It is added in the order of the blocks, so that it has the same bits whoever trained which of them.
        """
        whole = np.zeros(0)
        for further in self.sums:
            longest = max(len(whole), len(further))
            whole = _held(whole, longest) + _held(np.asarray(further), longest)
        losses: list[float] = whole.tolist()
        return losses

    @property
    def in_one_block(self) -> "CurveProgress":
        """Return the same progress as if all its blocks were one."""
        return CurveProgress(self.reasons, (self.losses,))

    def with_results(self, results: CurveResults) -> "CurveProgress":
        """Return the progress after a further block of curves."""
        of_block = array("d", results.summed_losses().tolist())
        return CurveProgress(self.reasons + Counter(results.reasons), (*self.sums, of_block))

    def with_others(self, others: "CurveProgress") -> "CurveProgress":
        """Return the progress of these curves and of others that stand behind them."""
        return CurveProgress(self.reasons + others.reasons, (*self.sums, *others.sums))

    def to_bytes(self) -> bytes:
        """Return the progress of a part as bytes: a line of JSON, and the sums behind it."""
        head = json.dumps([self.reasons, [len(of_block) for of_block in self.sums]]).encode()
        return head + b"\n" + b"".join(np.asarray(of_block, "<f8").tobytes() for of_block in self.sums)

    @classmethod
    def from_bytes(cls, data: bytes) -> "CurveProgress":
        """Return the progress in bytes that `to_bytes` wrote."""
        head, _, body = data.partition(b"\n")
        reasons, lengths = json.loads(head)
        numbers = np.frombuffer(body, "<f8")
        bounds = pairwise(accumulate(lengths, initial=0))
        return cls(Counter(reasons), tuple(array("d", numbers[begin:end].tolist()) for begin, end in bounds))

    def to_checkpoint(self) -> bytes:
        """Return the progress of a whole fit as bytes, as older versions wrote it: its blocks are one."""
        return json.dumps([self.reasons, self.losses]).encode()

    @classmethod
    def from_checkpoint(cls, data: bytes) -> "CurveProgress":
        """Return the progress in bytes that `to_checkpoint` wrote."""
        reasons, losses = json.loads(data)
        return cls(Counter(reasons), (losses,))


def _held(losses: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """Return losses of so many steps, of which those behind the last are as it is."""
    return np.concatenate([losses, np.full(steps - len(losses), losses[-1] if len(losses) else 0.0)])


@dataclass(frozen=True)
class PartSummary:
    """What is known of a part without the losses of its steps."""

    succeeded: int = 0
    failed: int = 0
    steps: int = 0
    """Steps of the curve that took most."""
    loss: float = 0.0
    """Sum of the last losses of the curves that have ended."""
    training: float = 0.0
    """Seconds of training, all attempts together."""
    execution: Execution | None = None
    search: StartSearch | None = None

    @classmethod
    def of(cls, result: StoredResult) -> "PartSummary":
        """Return the summary of a part with this result."""
        counts = result.curves or CurveCounts(0, 0, 0)
        known = (result.steps, result.final_loss, result.timings.training, result.execution, result.search)
        return cls(counts.succeeded, counts.failed, *known)

    def to_json(self) -> dict[str, Any]:
        """Return the summary as JSON for the table."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "PartSummary":
        """Return the summary that `to_json` wrote."""
        execution, search = stored["execution"], stored["search"]
        return cls(
            **{
                **{field.name: stored[field.name] for field in fields(cls)},
                "execution": execution and Execution(**execution),
                "search": search and StartSearch(**search),
            }
        )


def with_all_parts(result: StoredResult, summaries: Iterable[PartSummary], curves: int) -> StoredResult:
    """Return the result of one part as that of a fit of so many curves, given the summaries of all, in their order."""
    known = [*summaries]
    return replace(
        result,
        final_loss=sum(each.loss for each in known),
        steps=max(each.steps for each in known),
        curves=CurveCounts(curves, sum(each.succeeded for each in known), sum(each.failed for each in known)),
        timings=replace(result.timings, training=sum(each.training for each in known)),
        execution=_execution(each.execution for each in known if each.execution is not None),
        search=next((each.search for each in known if each.search is not None), None),
    )


def _execution(executions: Iterable[Execution]) -> Execution:
    """Return the way in which several parts ran, as that of the fit."""
    whole = Execution()
    for execution in executions:
        machines = whole
        for machine in execution.machines:
            machines = machines.on(machine)
        whole = Execution(
            whole.compressed or execution.compressed,
            whole.compiled_steps + execution.compiled_steps,
            execution.step_by_step_because or whole.step_by_step_because,
            machines.machines,
        )
    return whole
