"""The supervision of the worker processes: each place is filled again whenever its process ends, whatever ended it.

Dask supervises too, but not to the end. A nanny whose process dies while it starts gives up and stays in its cluster's
specification, so that scaling sees nothing to do; and one that succeeds later starts again without pauses, and tells
nobody why it failed. So every place has a keeper here, and a new nanny for each process.
"""

import asyncio
import logging
import signal
import uuid
from collections.abc import Awaitable, Callable, Container, Mapping
from contextlib import suppress
from typing import Any, Protocol

from distributed import Nanny, Status

from app.jobs.worker.joining import TrainingWorker
from app.operations.metrics import WORKER_RESTARTS

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the keeper looks whether the scheduler still has a worker whose process is there."""
START_SECONDS = 180.0
"""A process that has not joined after so long is given up."""
STOP_SECONDS = 5.0
"""A process is given so long to go by itself, and is killed then."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Seconds between failed tries to start a process: each pause is twice the one before."""

_DIED_WITHOUT_A_WORD = "Nanny failed to start worker process"
"""What a nanny says whose process ended without an exception."""


class _Nanny(Nanny):
    """A nanny of one process, which says when and how this ends, and starts no other one."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.exited = asyncio.Event()
        self.exit_code: int | None = None

    def _on_worker_exit_sync(self, exitcode: int) -> None:
        self.exit_code = exitcode
        self.exited.set()


class SchedulerView(Protocol):
    """What is seen of the scheduler that the worker processes join."""

    address: str
    status: Status

    @property
    def workers(self) -> Container[str]:
        """Return the addresses of the workers that it has."""


class Supervision:
    """The keepers of a number of places for worker processes; all but `failure` and `broken` is for the event loop."""

    def __init__(
        self,
        places: int,
        scheduler: SchedulerView,
        options: Mapping[str, Any],
        on_join: Callable[[str], Awaitable[None]],
    ) -> None:
        """Supervise `places` nannies with these options; `on_join` is called with the address of each worker."""
        self._places = places
        self._scheduler = scheduler
        self._options = {**options, "worker_class": TrainingWorker}
        self._on_join = on_join
        self._nannies: set[_Nanny] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self.failure: str | None = None
        """Why the last try to start a worker process failed, in one line; None if it did not."""

    @property
    def broken(self) -> bool:
        """Tell whether no worker will come back, because the scheduler or a keeper has ended."""
        return self._scheduler.status != Status.running or any(keeper.done() for keeper in self._keepers)

    async def start(self) -> None:
        """Begin to fill all places, and return once each has been tried once."""
        tried = [asyncio.Event() for _ in range(self._places)]
        self._keepers = [asyncio.create_task(self._keep(first_try)) for first_try in tried]
        await asyncio.gather(*(first_try.wait() for first_try in tried))

    async def close(self) -> None:
        """End all processes, and start none any more."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def replace(self, address: str) -> None:
        """End the process of a worker, so that its keeper starts another one."""
        for nanny in [nanny for nanny in self._nannies if nanny.worker_address == address]:
            await _end(nanny)

    async def _keep(self, tried: asyncio.Event) -> None:
        """Fill a place again and again; `tried` is set after the first try."""
        pause = SHORTEST_PAUSE
        while True:
            has_joined = await self._live_through(tried)
            tried.set()
            pause = SHORTEST_PAUSE if has_joined else min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _live_through(self, joined: asyncio.Event) -> bool:
        """Start a process and wait until it has ended; tell whether it had joined meanwhile."""
        nanny, has_joined = None, False
        try:
            nanny = _Nanny(self._scheduler.address, **self._options, name=uuid.uuid4().hex)
            self._nannies.add(nanny)
            await asyncio.wait_for(nanny, START_SECONDS)
            await self._on_join(nanny.worker_address)
            has_joined, self.failure = True, None
            joined.set()
            await self._until_it_is_lost(nanny)
            WORKER_RESTARTS.inc()
            logger.info("a worker process %s: starting another", _end_in_words(nanny.exit_code))
        except Exception as error:
            self._note_failure(_cause(error, nanny))
        finally:
            if nanny is not None:
                await _end(nanny)
                self._nannies.discard(nanny)
        return has_joined

    async def _until_it_is_lost(self, nanny: _Nanny) -> None:
        # A process that hangs is there, but the scheduler has given it up.
        while nanny.worker_address in self._scheduler.workers:
            with suppress(TimeoutError):
                await asyncio.wait_for(nanny.exited.wait(), LOOK_SECONDS)
                return

    def _note_failure(self, cause: str) -> None:
        """Log why a process could not be started: once, and not with each try as long as the cause stays the same."""
        if cause != self.failure:
            logger.warning("a worker process can't be started; trying again: %s", cause)
        self.failure = cause


async def _end(nanny: _Nanny) -> None:
    """End a nanny and its process, in whatever state they are."""
    # A nanny that fails to end forgets its process.
    process = nanny.process.process if nanny.process is not None else None
    try:
        await asyncio.wait_for(nanny.close(timeout=STOP_SECONDS), 4 * STOP_SECONDS)
    except Exception as error:
        logger.debug("a nanny did not end well", exc_info=error)
    # ValueError: the process has ended and is forgotten.
    with suppress(ValueError):
        if process is not None and process.is_alive():
            await process.kill()


def _cause(error: BaseException, nanny: _Nanny | None) -> str:
    """Return in one line why a process could not be started."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, TimeoutError):
        return f"it has not joined within {START_SECONDS:g} s"
    words = str(error).partition("\n")[0]
    if nanny is not None and nanny.exit_code and words == _DIED_WITHOUT_A_WORD:
        return f"it {_end_in_words(nanny.exit_code)} while it started"
    return f"{type(error).__name__}: {words}".removesuffix(": ")


def _end_in_words(exit_code: int | None) -> str:
    if exit_code is None:
        return "was silent for too long"
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    return f"was killed by {name}" + (", perhaps for want of memory" if name == "SIGKILL" else "")
