"""Transactions that give way to others are carried out anew."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, insert, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.jobs.store.database import open_engine, writing
from app.jobs.store.fits import Store
from app.jobs.store.postgresql import is_broken_off
from app.jobs.store.retries import retried
from app.jobs.store.tables import fits
from tests.helpers.stored_fits import submission


def crossing(engine: Engine, begun: threading.Barrier, ids: list[str]) -> int:
    """Note a step at fits one after another, once another one is at its first too; return how often that was tried."""
    tries = 0

    @retried
    def note() -> None:
        nonlocal tries
        tries += 1
        with writing(engine) as connection:
            for place, fit_id in enumerate(ids):
                connection.execute(update(fits).where(fits.c.id == fit_id).values(step=fits.c.step + 1))
                if place == 0 and tries == 1:
                    begun.wait()

    note()
    return tries


def test_of_two_that_wait_for_each_other_both_are_carried_out(postgres_engine: Engine) -> None:
    store = Store(postgres_engine)
    ids = [store.create(submission()).id for _ in range(2)]
    begun = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        orders = (ids, ids[::-1])
        tries = [*pool.map(lambda order: crossing(postgres_engine, begun, order), orders)]
    assert sorted(tries) == [1, 2]
    assert [store.get(fit_id).step for fit_id in ids] == [2, 2]


def test_a_mistake_is_not_tried_again(engine: Engine) -> None:
    tries = []

    @retried
    def fail() -> None:
        tries.append(1)
        with writing(engine) as connection:
            connection.execute(insert(fits).values(id="fit_1"))

    with pytest.raises(IntegrityError):
        fail()
    assert len(tries) == 1


class BrokenOffError(Exception):
    sqlstate = "40001"


def test_who_always_gives_way_is_told_so_in_the_end() -> None:
    tries = []

    @retried
    def give_way() -> None:
        tries.append(1)
        raise OperationalError(None, None, BrokenOffError("could not serialize access"))

    with pytest.raises(OperationalError) as caught:
        give_way()
    assert is_broken_off(caught.value)
    assert 2 < len(tries) < 10


def test_a_lock_that_nobody_gives_back_is_an_outage_and_not_a_hang(postgres_engine: Engine) -> None:
    store = Store(postgres_engine)
    fit_id = store.create(submission()).id
    hasty = open_engine(postgres_engine.url.render_as_string(), patience_seconds=0)
    with writing(postgres_engine) as connection:
        connection.execute(update(fits).where(fits.c.id == fit_id).values(step=1))
        with pytest.raises(OperationalError, match="lock timeout"):
            Store(hasty).cancel(fit_id)
    hasty.dispose()
