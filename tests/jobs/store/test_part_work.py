"""Parts that are trained: the fit that comes of them is the same as one that was trained whole."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from app.jobs.data.curve_results import rows
from app.jobs.store import queue
from app.jobs.store.attempt import Attempt
from app.jobs.store.attempts import begin, end, heartbeat, report_chunk
from app.jobs.store.database import reading
from app.jobs.store.fits import Store
from app.jobs.store.records import Ending, FitRecord
from app.jobs.store.tables import fit_parts
from app.jobs.store.turns import Turns
from app.jobs.store.work import ChunkReport, Work
from app.jobs.worker.many_curves import train_many
from app.schemas.status import Reason
from tests.helpers.cut_fits import BLOCKS, CURVES_OF_A_BLOCK, cut_into_blocks
from tests.helpers.trained_fits import ONE_CHUNK, run, submitted, trained

NO_TIME = {"steps": 2**24 // CURVES_OF_A_BLOCK, "max_seconds": 1e-6}


def results_of(store: Store, record: FitRecord) -> Any:
    """Return all that is read of a fit but its times."""
    assert record.result is not None
    result = replace(record.result, timings=None)  # type: ignore[arg-type]
    curves = rows(store.curves.tables(record.number))
    histories = [store.curves.history(record, curve).tolist() for curve in range(len(curves))]
    ends = (record.status, record.reason, record.message, record.step, record.loss)
    return ends, result, curves, histories, store.history(record).tolist()


def claimed(engine: Engine, workers: int = 1) -> list[Attempt]:
    return [attempt for (attempt,) in queue.claim(engine, "me", workers, Turns())]


def reports(work: Work) -> Iterator[ChunkReport]:
    """Yield the reports of a worker that trains a part."""
    return (report for report in train_many(work, work.fit.target, ONE_CHUNK) if report is not None)  # type: ignore[arg-type]


def count_parts(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(fit_parts)).scalar_one())


@pytest.mark.parametrize("curves", [CURVES_OF_A_BLOCK * BLOCKS, CURVES_OF_A_BLOCK * BLOCKS - 3])
@pytest.mark.parametrize("more", [{}, {"parameters": {"a": "auto", "b": "auto"}}], ids=["starts given", "searched for"])
def test_results_have_the_same_bits_whatever_the_cut(engine: Engine, curves: int, more: dict[str, Any]) -> None:
    store, body = Store(engine), cut_into_blocks(curves, **more)
    whole = results_of(store, trained(engine, body, most_parts=1))
    assert whole[0][0] == "succeeded"
    for most_parts in (2, 3, BLOCKS):
        assert results_of(store, trained(engine, body, most_parts=most_parts)) == whole
    assert count_parts(engine) == 0


def test_results_have_the_same_bits_whichever_part_ends_first(engine: Engine) -> None:
    store, body = Store(engine), cut_into_blocks(4 * CURVES_OF_A_BLOCK)
    whole = results_of(store, trained(engine, body, most_parts=1))
    for order in itertools.islice(itertools.permutations(range(4)), 0, None, 7):
        fit_id = store.create(submitted(body)).id
        attempts = claimed(engine, 4)
        for part in order:
            run(engine, attempts[part])
        assert results_of(store, store.get(fit_id)) == whole


def test_a_part_goes_on_with_the_block_that_was_not_reported(engine: Engine) -> None:
    body = cut_into_blocks()
    whole = results_of(Store(engine), trained(engine, body, most_parts=1))
    store = Store(engine, most_parts=2)
    fit_id = store.create(submitted(body)).id
    attempt, _ = claimed(engine, 2)
    work = begin(engine, attempt)
    assert work is not None
    assert report_chunk(engine, attempt, work.fit_number, next(reports(work)))
    queue.release(engine, "me")
    first, second = claimed(engine, 2)
    again = begin(engine, first)
    assert again is not None
    assert len([*reports(again)]) == 1
    for report in reports(again):
        report_chunk(engine, first, again.fit_number, report)
    run(engine, second)
    assert results_of(store, store.get(fit_id)) == whole


def test_what_an_old_attempt_reports_changes_nothing(engine: Engine) -> None:
    store = Store(engine)
    fit_id = store.create(submitted(cut_into_blocks())).id
    (old,) = claimed(engine)
    work = begin(engine, old)
    assert work is not None
    queue.release(engine, "me")
    claimed(engine)
    assert not report_chunk(engine, old, work.fit_number, next(reports(work)))
    assert rows(store.curves.tables(store.get(fit_id).number)) == []


def test_progress_is_that_of_all_parts(engine: Engine) -> None:
    store = Store(engine)
    fit_id = store.create(submitted(cut_into_blocks())).id
    attempts = claimed(engine, BLOCKS)
    for count, part in enumerate((3, 1), start=1):
        run(engine, attempts[part])
        record = store.get(fit_id)
        assert record.status == "running"
        assert record.result is not None
        assert record.result.curves is not None
        assert (record.result.curves.total, record.result.curves.ended) == (20, 4 * count)
    ended = [row["curve"] for row in rows(store.curves.tables(record.number))]
    assert ended == [*range(4, 8), *range(12, 16)]


@pytest.mark.parametrize("blocks", [0, 1])
def test_a_part_that_was_left_is_not_taken_for_one_that_has_ended(engine: Engine, blocks: int) -> None:
    store = Store(engine, most_parts=2)
    fit_id = store.create(submitted(cut_into_blocks())).id
    left, whole = claimed(engine, 2)
    works = begin(engine, left), begin(engine, whole)
    assert works[0] is not None
    assert works[1] is not None
    for report in itertools.islice(reports(works[0]), blocks):
        assert report_chunk(engine, left, works[0].fit_number, report)
    *first, last = reports(works[1])
    for report in first:
        assert report_chunk(engine, whole, works[1].fit_number, report)
    store.cancel(fit_id)
    assert not heartbeat(engine, left)
    assert not report_chunk(engine, whole, works[1].fit_number, last)
    assert (store.get(fit_id).status, store.get(fit_id).reason) == ("cancelled", "cancelled")


def test_a_cancelled_fit_keeps_what_its_parts_had(engine: Engine) -> None:
    store = Store(engine)
    fit_id = store.create(submitted(cut_into_blocks())).id
    first, second = claimed(engine, 2)
    run(engine, first)
    work = begin(engine, second)
    assert work is not None
    store.cancel(fit_id)
    report_chunk(engine, second, work.fit_number, next(reports(work)))
    record = store.get(fit_id)
    assert (record.status, record.reason) == ("cancelled", "cancelled")
    assert len(rows(store.curves.tables(record.number))) == 4 + 4


def test_an_error_in_one_part_ends_the_fit(engine: Engine) -> None:
    store = Store(engine)
    fit_id = store.create(submitted(cut_into_blocks())).id
    first, second = claimed(engine, 2)
    end(engine, first, Ending.failed(Reason.OUT_OF_MEMORY, "too large"))
    record = store.get(fit_id)
    assert (record.status, record.reason) == ("failed", "out_of_memory")
    assert begin(engine, second) is None
    assert count_parts(engine) == 0


def test_the_time_of_a_fit_is_that_of_all_its_parts_together(engine: Engine) -> None:
    record = trained(engine, cut_into_blocks(hyperparameters=NO_TIME))
    assert (record.status, record.reason) == ("succeeded", "timeout")
    assert record.message is not None
    assert record.message.startswith("its time was up after ")
    assert count_parts(engine) == 0
