"""Data whose fit never came to be are deleted, and no others."""

from array import array

import pytest
from sqlalchemy import Engine, select

from app.jobs.store.blocks import write_blocks
from app.jobs.store.database import reading
from app.jobs.store.fits import Store
from app.jobs.store.orphans import Orphans, remove_orphans
from app.jobs.store.tables import fit_blocks
from tests.helpers.trained_fits import submitted

POINTS = 40_000


@pytest.fixture
def kept(engine: Engine) -> str:
    """Store a fit with large data, and return its id."""
    target = {"x": list(range(POINTS)), "y": [1.0] * POINTS}
    return Store(engine).create(submitted({"model": "a * x", "target": target})).id


def lose(engine: Engine, fit_id: str) -> None:
    """Write data of a fit that is not there."""
    write_blocks(engine, fit_id, {"x.x": array("d", range(POINTS))}, None)


def ids(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return {*connection.scalars(select(fit_blocks.c.fit_id))}


def test_a_service_that_starts_alone_deletes_them_at_once(engine: Engine, kept: str) -> None:
    lose(engine, "fit_lost")
    remove_orphans(engine)
    assert ids(engine) == {kept}


def test_beside_other_services_they_are_deleted_when_they_are_found_again(engine: Engine, kept: str) -> None:
    orphans = Orphans(engine)
    lose(engine, "fit_lost")
    orphans.remove_known()
    lose(engine, "fit_being_written")
    assert ids(engine) == {kept, "fit_lost", "fit_being_written"}
    orphans.remove_known()
    assert ids(engine) == {kept, "fit_being_written"}


def test_data_of_a_fit_are_not_discarded(engine: Engine, kept: str) -> None:
    Store(engine).discard(kept)
    assert ids(engine) == {kept}
