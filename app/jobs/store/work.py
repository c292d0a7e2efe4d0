"""What passes between the store and a worker: the work on a fit or a part of one, and reports of it."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.jobs.data.columns import StoredData
from app.jobs.fit.curve_progress import CurveProgress, PartSummary
from app.jobs.fit.result import StoredResult, Timings
from app.jobs.store.records import Ending, ReadWhenAsked


@dataclass(frozen=True)
class PartWork:
    """The part of a fit that a worker is to train."""

    curves: range
    data: StoredData
    """What is kept of its curves beside their numbers, as if they were all."""
    summary: PartSummary
    """What earlier attempts have done of it."""


@dataclass(frozen=True)
class Work(ReadWhenAsked):
    """What a worker needs to start an attempt or to go on from the last checkpoint."""

    fit_number: int
    stored_request: Mapping[str, Any]
    """The request, as some version wrote it; read it as `fit`."""
    arrays: dict[str, "array[float]"]
    checkpoint: bytes | None
    stored_result: Mapping[str, Any] | None
    """The result after the last chunk of earlier attempts, if there was one; read it as `result`."""
    queued_seconds: float
    """Seconds between the request and its first worker."""
    part: PartWork | None = None
    """The part that is to be trained, to which the arrays and the checkpoint belong; None: the fit is trained whole."""

    @property
    def timings(self) -> Timings:
        """Return the times that the fit took until now: in the queue, and with earlier attempts."""
        if self.part is not None:
            return Timings(queued=self.queued_seconds, training=self.part.summary.training)
        before = Timings() if self.result is None else self.result.timings
        return replace(before, queued=self.queued_seconds)


@dataclass(frozen=True)
class ChunkReport:
    """The report of a worker after a chunk of steps."""

    first_step: int
    losses: "array[float]"
    step: int
    loss: float | None
    checkpoint: bytes | None
    """The state to go on from; None where the fit ends."""
    result: StoredResult | None
    ending: Ending | None
    blocks: "tuple[CurveBlock, ...]" = ()
    """Results of the curves that ended in this chunk; none for a fit of one curve."""
    part: "PartReport | None" = None
    """What is reported of a part; None for a fit that is trained whole."""


@dataclass(frozen=True)
class CurveBlock:
    """Results of some curves of a fit, as bytes for the store."""

    first_curve: int
    curves: int
    results: bytes
    losses: bytes


@dataclass(frozen=True)
class PartReport:
    """What a chunk report tells of a part; its other fields are of the part too."""

    progress: CurveProgress
    has_ended: bool
    most_seconds: float
    """Seconds of training after which the fit ends, all parts together."""
