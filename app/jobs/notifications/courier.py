"""The courier: a thread that sends the messages about the ends of fits, and tries again what did not arrive."""

import logging
from collections import Counter
from collections.abc import Collection
from contextlib import ExitStack

import anyio
from anyio import create_task_group, to_thread
from anyio.abc import TaskGroup
from anyio.from_thread import start_blocking_portal
from sqlalchemy import Engine

from app.jobs.notifications.addresses import Network
from app.jobs.notifications.message import body_of, headers_of
from app.jobs.notifications.retries import next_try
from app.jobs.notifications.sending import TRY_SECONDS, Outcome, Sender
from app.jobs.store.database import time_of
from app.jobs.store.deliveries import Due, Receiver, claim_due, note_try
from app.jobs.store.failures import Failures
from app.operations.logs import fields
from app.operations.metrics import WEBHOOK_TRIES

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LEASE_SECONDS = TRY_SECONDS + 10
"""What a process has claimed that is gone meanwhile, another one tries so much later."""
MOST_AT_ONCE = 32
MOST_AT_ONCE_OF_ONE = 8
"""A receiver that hangs takes no more of the places than these."""


class Courier:
    """A thread with an event loop: it looks at the table every second, and sends what is due side by side."""

    def __init__(self, engine: Engine, root_path: str, networks: Collection[Network]) -> None:
        self._engine = engine
        self._root_path = root_path.rstrip("/")
        self._networks = networks
        self._busy: Counter[Receiver] = Counter()
        self._failures = Failures(logger)
        self._place_is_free = anyio.Event()
        self._running = ExitStack()

    def start(self) -> None:
        """Begin to send."""
        portal = self._running.enter_context(start_blocking_portal(name="courier"))
        self._running.callback(portal.start_task_soon(self._run).cancel)

    def stop(self) -> None:
        """Stop; tries that are going on are given up, and made again after their lease."""
        self._running.close()

    async def _run(self) -> None:
        while True:
            with self._failures.told("nothing is sent to webhooks"):
                await self._send_all()
            await anyio.sleep(LOOK_SECONDS)

    async def _send_all(self) -> None:
        async with Sender(self._networks) as sender, create_task_group() as group:
            while True:
                if not await self._begin_due(sender, group):
                    with anyio.move_on_after(LOOK_SECONDS):
                        await self._place_is_free.wait()
                self._place_is_free = anyio.Event()

    async def _begin_due(self, sender: Sender, group: TaskGroup) -> bool:
        """Begin tries of what is due and finds a place, and tell whether there was any."""
        places = MOST_AT_ONCE - self._busy.total()
        claimed: list[Due] = []
        if places:
            with self._failures.told("what is due for webhooks can't be claimed"):
                claimed = await to_thread.run_sync(
                    claim_due, self._engine, LEASE_SECONDS, places, MOST_AT_ONCE_OF_ONE, self._busy.copy()
                )
        for due in claimed:
            self._busy[due.receiver] += 1
            group.start_soon(self._try, sender, due)
        return bool(claimed)

    async def _try(self, sender: Sender, due: Due) -> None:
        try:
            with self._failures.told("what became of messages to webhooks can't be written"):
                await self._note(due, await self._outcome(sender, due))
        finally:
            self._busy[due.receiver] -= 1
            self._place_is_free.set()

    async def _outcome(self, sender: Sender, due: Due) -> Outcome | None:
        """Try once; return None where the webhook was removed."""
        if due.webhook is None:
            return None
        with self._failures.told("a message to a webhook can't be sent"):
            body = body_of(due, self._root_path)
            headers = headers_of(due.id, due.webhook.secret, body)
            return await sender.send(due.webhook.url, headers, body)
        return Outcome(error="the service made a mistake; its log says more")

    async def _note(self, due: Due, outcome: Outcome | None) -> None:
        if outcome is None:
            outcome, next_at = Outcome(error="the webhook was removed"), None
        elif outcome.is_final:
            next_at = None
        else:
            now = await to_thread.run_sync(time_of, self._engine)
            next_at = next_try(due.tries, due.ended_at, now, outcome.asked_seconds)
        await to_thread.run_sync(note_try, self._engine, due, outcome.status, outcome.error, next_at)
        WEBHOOK_TRIES.labels(_word(outcome, next_at)).inc()
        named = fields(fit=due.fit_id, webhook=due.receiver[1], tries=due.tries, status=outcome.status)
        if outcome.error is None:
            logger.info("webhook told of the end of a fit", extra=named)
        elif next_at is None:
            logger.warning("webhook not told of the end of a fit: given up: %s", outcome.error, extra=named)
        else:
            logger.info("webhook not told of the end of a fit yet: %s", outcome.error, extra=named)


def _word(outcome: Outcome, next_at: float | None) -> str:
    """Return in a word how a try has ended."""
    if outcome.error is None:
        return "arrived"
    return "given_up" if next_at is None else "failed"
