"""Fits that are kept no longer: status and labels stay, data and result go."""

import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, text, update

from app.jobs.errors import FitExpiredError, IdempotencyConflictError
from app.jobs.store import expiry
from app.jobs.store.database import reading, writing
from app.jobs.store.expiry import expire
from app.jobs.store.fits import Store
from app.jobs.store.records import FitRecord
from app.jobs.store.tables import fit_arrays, fit_blocks, fit_curves, fit_losses, fits
from app.schemas.status import Reason, Status
from tests.helpers.trained_fits import submitted, trained

PLATE = {
    "model": "a + b * x",
    "target": {"x": [0, 1, 2], "y": [[1, 3, 5], [2, 3, 4]], "labels": ["p", "q"]},
    "metadata": {"plate": "7"},
}
AT_ONCE = 1e-9
"""Days after which every fit has expired that has ended."""


@pytest.fixture
def record(engine: Engine) -> FitRecord:
    return trained(engine, PLATE)


def rows(engine: Engine) -> int:
    tables = (fit_arrays, fit_blocks, fit_losses, fit_curves)
    with reading(engine) as connection:
        return sum(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)


def expired(engine: Engine, record: FitRecord) -> FitRecord:
    while time.time() - (record.finished_at or 0) < 0.001:
        time.sleep(0.001)
    assert not expire(engine, AT_ONCE)
    return Store(engine).get(record.id)


def test_status_reason_and_labels_stay(engine: Engine, record: FitRecord) -> None:
    after = expired(engine, record)
    assert (after.status, after.reason, after.finished_at) == (Status.EXPIRED, Reason.CONVERGED, record.finished_at)
    assert Store(engine).metadata([after.number]) == {after.number: {"plate": "7"}}


def test_data_result_and_history_are_gone(engine: Engine, record: FitRecord) -> None:
    assert rows(engine) > 0
    after = expired(engine, record)
    assert (rows(engine), after.result, after.fit.target.labels) == (0, None, None)
    today = datetime.now(UTC).date().isoformat()
    with pytest.raises(FitExpiredError, match=f"it expired at {today}T.*, 1e-09 days after its end"):
        Store(engine).get_kept(record.id)


def test_large_data_are_gone_too(engine: Engine) -> None:
    store = Store(engine)
    large = {"model": "a * x", "target": {"x": list(range(40_000)), "y": [1.0] * 40_000}}
    record = store.cancel(store.create(submitted(large)).id)
    expired(engine, record)
    assert rows(engine) == 0


def test_younger_fits_and_those_that_have_not_ended_are_kept(engine: Engine, record: FitRecord) -> None:
    waiting = Store(engine).create(submitted({}))
    assert not expire(engine, keep_days=1)
    assert Store(engine).get(record.id).status is Status.SUCCEEDED
    expired(engine, record)
    assert Store(engine).get(waiting.id).status is Status.QUEUED


def test_many_expire_a_few_at_a_time(engine: Engine) -> None:
    store = Store(engine)
    for _ in range(20):
        store.cancel(store.create(submitted({})).id)
    time.sleep(0.01)
    assert expire(engine, AT_ONCE)
    assert not expire(engine, AT_ONCE)


def test_an_expired_fit_can_be_deleted(engine: Engine, record: FitRecord) -> None:
    expired(engine, record)
    Store(engine).delete(record.id)


def cancelled(engine: Engine, name: str = "a") -> FitRecord:
    store = Store(engine)
    return store.cancel(store.create(submitted({"model": f"{name} * x"})).id)


def test_those_behind_many_that_are_kept_expire(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_LOOKED_AT_ONCE", 1)
    monkeypatch.setattr(expiry, "_NEXT", expiry._NEXT.limit(1))
    first, second = cancelled(engine), cancelled(engine)
    with writing(engine) as connection:
        later = {"finished_at": time.time() + 3600}
        connection.execute(update(fits).where(fits.c.id == first.id).values(later))
    time.sleep(0.01)
    expire(engine, AT_ONCE)
    assert [Store(engine).get(record.id).status for record in (first, second)] == ["cancelled", "expired"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("damage", ["request = '{'", "finished_at = 'x'", "finished_at = NULL", "created_at = 'x'"])
def test_a_damaged_row_does_not_keep_others_from_expiring(engine: Engine, damage: str) -> None:
    damaged, other = cancelled(engine), cancelled(engine)
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE fits SET {damage} WHERE number = {damaged.number}"))  # noqa: S608 - of this test
    time.sleep(0.01)
    expire(engine, AT_ONCE)
    assert Store(engine).get(other.id).status is Status.EXPIRED


@pytest.mark.parametrize("digest", ["as it is", "of an older version"])
def test_a_key_still_answers_with_its_expired_fit(engine: Engine, digest: str) -> None:
    store, request = Store(engine), {key: PLATE[key] for key in ("model", "target", "metadata")}
    first = store.cancel(store.create(submitted(request), "key").id)
    if digest == "of an older version":
        with writing(engine) as connection:
            connection.execute(update(fits).values(request_digest="older"))
    expired(engine, first)
    again = store.create(submitted(request), "key")
    assert (again.id, again.status) == (first.id, Status.EXPIRED)
    with pytest.raises(IdempotencyConflictError):
        store.create(submitted({**request, "model": "a + b * x**2"}), "key")
