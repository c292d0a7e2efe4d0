"""What the database says about itself in figures."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.jobs.store.database import open_engine
from app.jobs.store.figures import Figures, Snapshot
from app.jobs.store.fits import Store
from tests.helpers.stored_fits import submission


def test_an_empty_database_has_no_fits_and_some_bytes(engine: Engine, tmp_path: Path) -> None:
    snapshot = Figures(engine, tmp_path / "fits.db").snapshot()
    assert isinstance(snapshot, Snapshot)
    assert set(snapshot.by_status.values()) == {0}
    assert (snapshot.oldest_queued_seconds, (snapshot.stored_bytes or 0) > 0) == (0, True)


def test_fits_are_counted_by_status_and_the_oldest_that_waits_has_an_age(engine: Engine) -> None:
    store = Store(engine)
    first = store.create(submission())
    store.create(submission())
    with engine.begin() as connection:
        connection.execute(text("UPDATE fits SET created_at = created_at - 100 WHERE id = :id"), {"id": first.id})
    snapshot = Figures(engine, None).snapshot()
    assert snapshot is not None
    assert snapshot.by_status["queued"] == 2
    assert 100 <= snapshot.oldest_queued_seconds < 1000


def test_who_asks_often_is_told_the_same(engine: Engine) -> None:
    figures = Figures(engine, None)
    first = figures.snapshot()
    assert figures.snapshot() is first


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_all_is_read_from_an_index(engine: Engine) -> None:
    plan = "EXPLAIN QUERY PLAN SELECT status, count(*) FROM fits GROUP BY status"
    with engine.connect() as connection:
        (step,) = connection.execute(text(plan)).all()
    assert "USING COVERING INDEX ix_fits_status" in step[3]


def test_of_a_database_that_does_not_answer_nothing_is_told() -> None:
    nowhere = open_engine("sqlite:////proc/nowhere/fits.db")
    assert Figures(nowhere, None).snapshot() is None
