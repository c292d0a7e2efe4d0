"""One fit of a million curves: on two workers beside one, and cut into few parts beside many.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.parts`. It takes 16 GiB of memory.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.benchmarks.plates import FEW, Plate, assert_right
from tests.benchmarks.services import running, warm
from tests.benchmarks.table import SERVICE, at_least, at_most, begin, told, written
from tests.helpers.running_service import RunningService

FITS, CUTS, TURNS = 1_000_000, (1, 2, 4, 8, 64), 2
LARGE = {
    "max_body_bytes": 2**30,
    "max_bytes_in_flight": 2**32,
    "max_points": 10**8,
    "max_fit_bytes": 2**32,
    "calculation_bytes": 2**33,
}


@dataclass(frozen=True)
class Took:
    """Seconds of one fit."""

    post: float
    """From the first byte that is sent to the last result that is read."""
    training: float
    """From the claim of the first part to the report of the last."""
    processor: float
    """Of the worker processes."""


def measured(plate: Plate, service: RunningService) -> Took:
    """Post a plate, and check what comes back."""
    before, began = processor_seconds(service), time.perf_counter()
    table, fit = plate.answer(service)
    post = time.perf_counter() - began
    assert_right(table, plate.truth)
    return Took(post, seconds_between(fit["started_at"], fit["finished_at"]), processor_seconds(service) - before)


def processor_seconds(service: RunningService) -> float:
    times = [process.cpu_times() for process in service.worker_processes]
    return sum(each.user + each.system for each in times)


def seconds_between(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()


def best(plate: Plate, turns: int, **settings: Any) -> Took:
    """Return what a service with these settings takes at its best."""
    with running(**LARGE, **settings) as service:
        warm(service, Plate(FEW).as_json())
        each = [measured(plate, service) for _ in range(turns)]
    return Took(*(min(values) for values in zip(*((t.post, t.training, t.processor) for t in each), strict=True)))


def worker_rows() -> None:
    plate = Plate(FITS)
    one, two = best(plate, 1, workers=1), best(plate, 1, workers=2)
    ratio = one.training / two.training
    what = f"{FITS:,} curves of Gpufit's problem, first claim to last report, 2 workers / 1 worker"
    told(what, SERVICE, written(two.training), written(one.training), f"{ratio:.2f} x", at_least(1.8).told(ratio))
    what = "the same, the whole POST, Parquet in and out"
    told(what, SERVICE, written(two.post), written(one.post), f"{one.post / two.post:.2f} x")
    serial = two.post - two.training
    told("share of it that one process does", SERVICE, written(serial), "", f"{serial / two.post:.0%}")


def cut_rows() -> None:
    plate = Plate(FITS)
    whole, *others = (best(plate, TURNS, most_parts=parts) for parts in CUTS)
    for parts, cut in zip(CUTS[1:], others, strict=True):
        ratio = cut.processor / whole.processor
        what = f"{FITS:,} curves in {parts} parts / in one, processor time of the workers"
        aim = at_most(1.05, "x").told(ratio)
        told(what, SERVICE, written(cut.processor), written(whole.processor), f"{ratio:.3f} x", aim)


if __name__ == "__main__":
    begin("torch", "pyarrow", "sqlalchemy")
    cut_rows()
    worker_rows()
