"""Who waits for a fit is told from other threads."""

import asyncio

from app.jobs.dispatch.events import Events


def test_what_happens_to_a_fit_is_told_to_those_who_wait_for_it_only() -> None:
    async def watch() -> tuple[bool, bool]:
        events = Events()
        with events.subscription("this") as this, events.subscription("other") as other:
            await asyncio.to_thread(events.publish, "this")
            await this.wait()
            return this.is_set(), other.is_set()

    assert asyncio.run(watch()) == (True, False)


def test_all_who_wait_are_told_that_the_service_stops() -> None:
    async def watch() -> bool:
        events = Events()
        with events.subscription("this") as this, events.subscription("other") as other:
            await asyncio.to_thread(events.close)
            await this.wait()
            await other.wait()
            return events.closed

    assert asyncio.run(watch())


def test_nobody_need_wait() -> None:
    async def publish() -> Events:
        events = Events()
        with events.subscription("this"):
            pass
        events.publish("this")
        return events

    events = asyncio.run(publish())
    # The loop is closed by now.
    events.publish("this")
    events.close()
