"""Handing fits to workers and taking them back: claims, leases, lost workers; on real databases."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import Engine, update

from app.jobs.store import attempts, queue
from app.jobs.store.attempt import Attempt
from app.jobs.store.database import open_engine, writing
from app.jobs.store.fits import Store
from app.jobs.store.queue import MOST_FITS, Overdue
from app.jobs.store.tables import fits
from app.jobs.store.turns import Turns
from tests.helpers.stored_fits import claimed, report, submission

MOST_LOST = 3


def stored(store: Store, *expected_seconds: float | None) -> list[str]:
    """Store fits of which so much work is expected, and return their ids."""
    return [store.create(replace(submission(), expected_seconds=seconds)).id for seconds in expected_seconds]


def handfuls(store: Store, workers: int) -> list[list[str]]:
    """Claim fits for so many free workers, and return the ids that each gets."""
    return [[attempt.fit_id for attempt in handful] for handful in queue.claim(store.engine, "me", workers, Turns())]


def test_the_oldest_queued_fits_are_claimed_first(store: Store) -> None:
    a, b, c = stored(store, 1.0, 1.0, 1.0)
    assert handfuls(store, 2) == [[a], [b]]
    assert handfuls(store, 2) == [[c]]


def test_fits_share_no_worker_as_long_as_there_are_free_ones(store: Store) -> None:
    a, b = stored(store, 0.001, 0.001)
    assert handfuls(store, 3) == [[a], [b]]


def test_short_fits_that_would_wait_are_spread_over_the_free_workers(store: Store) -> None:
    a, b, c, d, e = stored(store, *[0.001] * 5)
    assert handfuls(store, 2) == [[a, c, e], [b, d]]


def test_short_fits_go_where_less_work_is(store: Store) -> None:
    a, b, c, d = stored(store, 0.03, 0.001, 0.001, 0.001)
    assert handfuls(store, 2) == [[a], [b, c, d]]


def test_a_handful_is_little_work(store: Store) -> None:
    a, b, c, d = stored(store, 0.02, 0.02, 0.02, 0.02)
    assert handfuls(store, 1) == [[a, b]]
    assert handfuls(store, 1) == [[c, d]]


def test_a_handful_has_a_bounded_number_of_fits(store: Store) -> None:
    ids = stored(store, *[0.0] * (MOST_FITS + 1))
    assert handfuls(store, 1) == [ids[:MOST_FITS]]


def test_what_finds_no_room_is_the_next_with_a_worker_for_itself(store: Store) -> None:
    a, long, b = stored(store, 0.001, 60.0, 0.001)
    assert handfuls(store, 1) == [[a, b]]
    c = stored(store, 0.001)
    assert handfuls(store, 1) == [[long]]
    assert handfuls(store, 1) == [c]


def test_a_fit_of_which_nobody_knows_what_work_it_is_has_a_worker_for_itself(store: Store) -> None:
    a, b, c = stored(store, None, 0.001, None)
    assert handfuls(store, 1) == [[a]]
    assert handfuls(store, 1) == [[b]]
    assert handfuls(store, 1) == [[c]]


def test_a_fit_that_has_been_handed_out_before_has_a_worker_for_itself(store: Store) -> None:
    a, b = stored(store, 0.001, 0.001)
    assert handfuls(store, 1) == [[a, b]]
    queue.release(store.engine, "me")
    (c,) = stored(store, 0.001)
    assert [handfuls(store, 1) for _ in range(3)] == [[[a]], [[b]], [[c]]]


def test_a_claimed_fit_runs(store: Store) -> None:
    record = store.get(claimed(store).fit_id)
    assert record.status == "running"
    assert record.started_at is not None


def test_the_number_of_the_attempt_grows_with_every_claim(store: Store) -> None:
    first = claimed(store)
    queue.release(store.engine, "me")
    ((second,),) = queue.claim(store.engine, "me", 1, Turns())
    assert (first.number, second.number) == (1, 2)


def test_a_fit_that_lost_its_worker_is_queued_again(store: Store) -> None:
    attempt = claimed(store)
    queue.worker_lost(store.engine, attempt, MOST_LOST)
    assert store.get(attempt.fit_id).status == "queued"


def test_a_fit_that_kills_one_worker_after_the_other_fails(store: Store) -> None:
    store.create(submission())
    for _ in range(MOST_LOST):
        ((attempt,),) = queue.claim(store.engine, "me", 1, Turns())
        attempts.begin(store.engine, attempt)
        queue.worker_lost(store.engine, attempt, MOST_LOST)
    record = store.get(attempt.fit_id)
    assert (record.status, record.reason) == ("failed", "worker_lost")


def test_a_fit_that_only_waited_for_the_workers_that_died_is_not_to_blame(store: Store) -> None:
    store.create(submission())
    for _ in range(2 * MOST_LOST):
        ((attempt,),) = queue.claim(store.engine, "me", 1, Turns())
        queue.worker_lost(store.engine, attempt, MOST_LOST)
    assert store.get(attempt.fit_id).status == "queued"


def test_progress_between_lost_workers_keeps_a_fit_going(store: Store) -> None:
    store.create(submission())
    for step in range(2 * MOST_LOST):
        ((attempt,),) = queue.claim(store.engine, "me", 1, Turns())
        attempts.begin(store.engine, attempt)
        attempts.report_chunk(store.engine, attempt, 1, report(step, [1.0]))
        queue.worker_lost(store.engine, attempt, MOST_LOST)
    assert store.get(attempt.fit_id).status == "queued"


def test_a_fit_that_loses_its_worker_while_it_is_cancelled_is_cancelled(store: Store) -> None:
    attempt = claimed(store)
    store.cancel(attempt.fit_id)
    queue.worker_lost(store.engine, attempt, MOST_LOST)
    assert store.get(attempt.fit_id).status == "cancelled"


def test_a_stopping_dispatcher_lets_go_of_its_own_fits_only(store: Store) -> None:
    mine, other = store.create(submission()).id, store.create(submission()).id
    queue.claim(store.engine, "me", 1, Turns())
    queue.claim(store.engine, "other", 1, Turns())
    queue.release(store.engine, "me")
    assert (store.get(mine).status, store.get(other).status) == ("queued", "running")


def test_a_service_that_starts_alone_queues_all_that_was_under_way(store: Store) -> None:
    ids = [store.create(submission()).id for _ in range(2)]
    queue.claim(store.engine, "gone", 2, Turns())
    store.cancel(ids[1])
    queue.release_orphans(store.engine)
    assert [store.get(fit_id).status for fit_id in ids] == ["queued", "cancelled"]


def test_several_dispatchers_claim_no_fit_twice_and_leave_none(store: Store) -> None:
    ids = stored(store, *[0.01] * 60)
    engines = [open_engine(store.engine.url.render_as_string()) for _ in range(3)]
    begin = threading.Barrier(len(engines))

    def claim_all(engine: Engine) -> list[str]:
        mine: list[str] = []
        begin.wait()
        while some := queue.claim(engine, f"dispatcher {id(engine)}", 2, Turns()):
            mine += [attempt.fit_id for handful in some for attempt in handful]
        return mine

    with ThreadPoolExecutor(len(engines)) as pool:
        claimed_ids = [fit_id for mine in pool.map(claim_all, engines) for fit_id in mine]
    for engine in engines:
        engine.dispose()
    assert sorted(claimed_ids) == sorted(ids)


def test_what_another_dispatcher_is_claiming_is_not_waited_for(postgres_engine: Engine) -> None:
    store = Store(postgres_engine)
    (first,) = stored(store, 1.0)
    with writing(postgres_engine) as connection:
        connection.execute(update(fits).where(fits.c.id == first).values(step=0))
        assert handfuls(store, 1) == []
    assert handfuls(store, 1) == [[first]]


def test_what_somebody_writes_to_is_not_silent_and_keeps_no_other_from_being_queued_again(
    postgres_engine: Engine,
) -> None:
    store = Store(postgres_engine)
    held, silent = stored(store, 1.0, 1.0)
    assert handfuls(store, 2) == [[held], [silent]]
    with writing(postgres_engine) as connection:
        connection.execute(update(fits).where(fits.c.id == held).values(step=0))
        assert queue.release_silent(postgres_engine, lease_seconds=-1) == 1
    assert (store.get(held).status, store.get(silent).status) == ("running", "queued")


def set_heartbeat(store: Store, fit_id: str, seconds_ago: float) -> None:
    with writing(store.engine) as connection:
        connection.execute(update(fits).where(fits.c.id == fit_id).values(heartbeat_at=time.time() - seconds_ago))


def test_a_fit_of_which_nothing_was_heard_is_queued_again(store: Store) -> None:
    silent, heard = store.create(submission()).id, store.create(submission()).id
    queue.claim(store.engine, "gone", 2, Turns())
    set_heartbeat(store, silent, 100)
    assert queue.release_silent(store.engine, 50) == 1
    assert (store.get(silent).status, store.get(heard).status) == ("queued", "running")


def test_a_dispatcher_keeps_the_lease_of_a_fit_that_is_long_at_one_chunk(store: Store) -> None:
    attempt = claimed(store)
    set_heartbeat(store, attempt.fit_id, 100)
    queue.renew(store.engine, [attempt])
    assert queue.release_silent(store.engine, 50) == 0
    assert store.get(attempt.fit_id).status == "running"


def test_of_very_many_fits_the_leases_are_kept(store: Store) -> None:
    attempt = claimed(store)
    set_heartbeat(store, attempt.fit_id, 100)
    queue.renew(store.engine, [*(Attempt("another", number) for number in range(1500)), attempt])
    assert queue.release_silent(store.engine, 50) == 0


def test_a_fit_that_does_not_stop_in_time_is_cancelled_without_its_worker(store: Store) -> None:
    attempt = claimed(store)
    store.cancel(attempt.fit_id)
    assert queue.cancel_overdue(store.engine, "me", 100) == []
    assert queue.cancel_overdue(store.engine, "me", -1) == [Overdue(attempt, begun=False)]
    assert store.get(attempt.fit_id).status == "cancelled"
    assert not attempts.report_chunk(store.engine, attempt, 1, report(0, [1.0]))


def test_an_overdue_fit_says_whether_a_worker_had_begun(store: Store) -> None:
    attempt = claimed(store)
    attempts.begin(store.engine, attempt)
    store.cancel(attempt.fit_id)
    assert queue.cancel_overdue(store.engine, "me", -1) == [Overdue(attempt, begun=True)]
