"""Who follows a fit is told of what only the table says."""

import asyncio
from array import array
from collections.abc import Awaitable, Callable

from app.jobs.dispatch.events import Events
from app.jobs.dispatch.watch import Watch
from app.jobs.store import attempts, queue
from app.jobs.store.fits import Store
from app.jobs.store.turns import Turns
from app.jobs.store.work import ChunkReport
from tests.helpers.stored_fits import submission

Told = Callable[[], Awaitable[None]]
"""Returns once the follower was told since it was called last."""


def watched(store: Store, fit_id: str, see: Callable[[Told, Events], Awaitable[None]]) -> None:
    """Run what a follower of a fit sees, after it was told for the first time."""

    async def run() -> None:
        events, news = Events(), asyncio.Event()
        watch = Watch(store.engine, events)

        async def told() -> None:
            await news.wait()
            news.clear()

        watching = asyncio.create_task(watch.run())
        with watch.telling(fit_id, news.set):
            await told()
            await see(told, events)
        watching.cancel()

    asyncio.run(run())


def test_a_report_of_a_worker_is_told(store: Store) -> None:
    fit_id = store.create(submission()).id

    async def see(told: Told, _events: Events) -> None:
        ((attempt,),) = queue.claim(store.engine, "me", 1, Turns())
        await told()
        attempts.report_chunk(store.engine, attempt, 1, ChunkReport(0, array("d", [2]), 1, 1.0, b"", None, None))
        await told()

    watched(store, fit_id, see)


def test_a_fit_that_is_gone_is_told(store: Store) -> None:
    fit_id = store.create(submission()).id

    async def see(told: Told, _events: Events) -> None:
        store.cancel(fit_id)
        await told()
        store.delete(fit_id)
        await told()

    watched(store, fit_id, see)


def test_what_is_published_is_told_although_the_table_says_the_same(store: Store) -> None:
    async def see(told: Told, events: Events) -> None:
        events.publish("fit_0")
        await told()

    watched(store, "fit_0", see)
