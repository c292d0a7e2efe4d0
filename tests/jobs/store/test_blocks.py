"""Large data in blocks: back bit for bit, some of them alone, and gone with their fit."""

from array import array
from typing import Any

import pytest
from sqlalchemy import Engine, Text, cast, func, select

from app.jobs.data.columns import MOST_BYTES_IN_ONE
from app.jobs.errors import QueueFullError
from app.jobs.store import blocks
from app.jobs.store.attempts import begin
from app.jobs.store.database import reading
from app.jobs.store.fits import Store
from app.jobs.store.queue import claim
from app.jobs.store.tables import fit_blocks, fits
from app.jobs.store.turns import Turns
from app.jobs.store.waiting import QueueBounds
from app.jobs.submission.resolve import Submission
from tests.helpers.trained_fits import submitted

POINTS = 5
CURVES = 40_000


def plate(lengths: list[int] | None = None) -> Submission:
    """Return many curves with one x for all or, where lengths are given, each with its own."""
    counts = lengths or [POINTS] * CURVES
    y = [[curve + point / 7 for point in range(count)] for curve, count in enumerate(counts)]
    x = [list(range(count)) for count in counts] if lengths else list(range(POINTS))
    labels = [f"well {curve}" for curve in range(len(counts))]
    return submitted({"model": "a + b * x", "target": {"x": x, "y": y, "labels": labels}})


def count(engine: Engine) -> int:
    with reading(engine) as connection:
        return int(connection.execute(select(func.count()).select_from(fit_blocks)).scalar_one())


def test_large_data_come_back_as_they_were(engine: Engine) -> None:
    store, submission = Store(engine), plate()
    data = store.data(store.create(submission))
    assert data.arrays == submission.arrays
    assert data.labels == submission.labels
    assert count(engine) > 2


def test_the_row_of_a_large_fit_is_small(engine: Engine) -> None:
    Store(engine).create(plate())
    with reading(engine) as connection:
        assert connection.execute(select(func.length(cast(fits.c.request, Text)))).scalar_one() < 5000


def test_small_data_are_in_no_block(engine: Engine) -> None:
    Store(engine).create(submitted({"model": "a * x", "target": {"x": [1, 2], "y": [3, 4]}}))
    assert count(engine) == 0


def test_no_block_has_more_bytes_than_a_block_may_have(engine: Engine) -> None:
    Store(engine).create(plate())
    with reading(engine) as connection:
        largest = connection.execute(select(func.max(func.length(fit_blocks.c.content)))).scalar_one()
    assert MOST_BYTES_IN_ONE < largest <= blocks.BLOCK_BYTES + 1000


@pytest.mark.parametrize("lengths", [None, [3, 60_000, 4, 2]], ids=["as many points", "of their own"])
@pytest.mark.parametrize("large", [True, False])
def test_one_curve_is_read_alone(
    engine: Engine, lengths: list[int] | None, large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not large:
        monkeypatch.setattr("app.jobs.data.columns.MOST_BYTES_IN_ONE", 10**9)
    store, submission = Store(engine), plate(lengths)
    record = store.create(submission)
    target = submission.fit.target
    data, arrays = store.curves_data(record, target, range(2, 3))
    counts = lengths or [POINTS] * CURVES
    assert (data.points, data.curves, count(engine) > 0) == (counts[2], 1, large)
    assert arrays["y.y"] == array("d", [2 + point / 7 for point in range(counts[2])])
    assert arrays["x.x"] == array("d", range(counts[2]))


@pytest.mark.parametrize("lengths", [None, [3, 60_000, 4, 2]], ids=["as many points", "of their own"])
def test_some_curves_are_read_without_the_others(engine: Engine, lengths: list[int] | None) -> None:
    store, submission = Store(engine), plate(lengths)
    record = store.create(submission)
    data, arrays = store.curves_data(record, submission.fit.target, range(1, 3))
    counts = (lengths or [POINTS] * CURVES)[1:3]
    assert (data.points, data.curves) == (sum(counts), 2)
    assert arrays["y.y"][counts[0]] == 2
    assert arrays.get("lengths.lengths") == (None if lengths is None else array("d", counts))


def test_a_worker_gets_large_data_with_their_labels(engine: Engine) -> None:
    store, submission = Store(engine, most_parts=1), plate()
    store.create(submission)
    ((attempt,),) = claim(engine, "me", 1, Turns())
    work = begin(engine, attempt)
    assert work is not None
    assert (work.arrays, work.fit.target.labels) == (submission.arrays, submission.labels)


def test_a_worker_gets_of_a_part_no_other_data_and_labels(engine: Engine) -> None:
    submission = plate([3, 4] * 10_000)
    Store(engine).create(submission)
    attempts = [attempt for (attempt,) in claim(engine, "me", 9, Turns())]
    works = [begin(engine, attempt) for attempt in attempts]
    assert len(works) > 1
    parts = [work.part for work in works if work is not None and work.part is not None]
    assert [label for part in parts for label in part.data.labels or ()] == submission.labels
    for name in ("y.y", "lengths.lengths"):
        joined = [number for work in works if work is not None for number in work.arrays[name]]
        assert joined == submission.arrays[name].tolist()


def test_blocks_go_with_their_fit(engine: Engine) -> None:
    store = Store(engine)
    fit_id = store.create(plate()).id
    store.cancel(fit_id)
    store.delete(fit_id)
    assert count(engine) == 0


def test_the_same_large_request_with_its_key_leaves_no_blocks_of_its_own(engine: Engine) -> None:
    store = Store(engine)
    first = store.create(plate(), idempotency_key="k")
    written = count(engine)
    assert store.create(plate(), idempotency_key="k").id == first.id
    assert count(engine) == written


def test_a_large_fit_that_is_refused_leaves_no_blocks(engine: Engine) -> None:
    store = Store(engine, QueueBounds(of_all=0))
    with pytest.raises(QueueFullError):
        store.create(plate())
    assert count(engine) == 0


def test_a_large_fit_that_an_older_version_stored_is_the_same_request(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    submission: Any = plate()
    with monkeypatch.context() as older:
        older.setattr("app.jobs.data.columns.MOST_BYTES_IN_ONE", 10**9)
        first = Store(engine).create(plate(), idempotency_key="k")
    assert count(engine) == 0
    assert Store(engine).create(submission, idempotency_key="k").id == first.id
