"""Fits in a database, as a service stores them and as workers report of them."""

from array import array
from dataclasses import replace

from app.jobs.fit.result import StoredResult, Timings
from app.jobs.store import queue
from app.jobs.store.attempt import Attempt
from app.jobs.store.fits import Store
from app.jobs.store.records import Ending
from app.jobs.store.turns import Turns
from app.jobs.store.work import ChunkReport
from app.jobs.submission.resolve import Submission
from tests.helpers.trained_fits import submitted


def submission(name: str = "a", arrays: dict[str, list[float]] | None = None, **labels: str) -> Submission:
    """Return a request as it is stored; whether anybody could train it does not matter."""
    numbers = {key: array("d", values) for key, values in (arrays or {}).items()}
    fit = submitted({"model": f"{name} * x", "target": {"points": 10}}).fit
    return Submission(fit, numbers, labels)


def report(first_step: int, losses: list[float], ending: Ending | None = None) -> ChunkReport:
    """Return what a worker reports of a chunk that began at a step."""
    step = first_step + len(losses)
    result = StoredResult(
        coefficients={"a": float(step)},
        formula=None,
        final_loss=0.25,
        steps=step,
        model="a * x",
        timings=Timings(building=0.5, training=1.5),
    )
    return ChunkReport(first_step, array("d", losses), step, 0.25, b"checkpoint %d" % step, result, ending)


def claimed(store: Store, webhook: str | None = None) -> Attempt:
    """Store a fit, which may name a webhook, claim it, and return the attempt."""
    store.create(replace(submission(), webhook=webhook))
    ((attempt,),) = queue.claim(store.engine, "me", 1, Turns())
    return attempt
