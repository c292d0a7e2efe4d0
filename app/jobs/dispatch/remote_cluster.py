"""Workers that run elsewhere, and a Dask scheduler that knows them; both are asked as any client asks them.

Scheduler and workers come and go. What is in the hands of a worker that is lost is blamed for it, as on one machine;
where the scheduler is lost nobody is to blame, and the fits are queued again.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dask
from distributed import Client, Security

from app.jobs.dispatch.cluster import Cluster, NotTakenError, names_of
from app.jobs.dispatch.dask_settings import DASK_SETTINGS
from app.jobs.dispatch.devices import DeviceInfo, processor
from app.jobs.dispatch.offers import Offer, difference, offer
from app.jobs.dispatch.reaching import ANSWER_SECONDS, PAUSE_SECONDS, in_one_line, reach
from app.jobs.worker.process import WorkerSettings

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
"""How often it is looked which workers are there."""
MOST_CONNECTIONS = 100_000
"""Most connections of a client; Dask's own bound is met by some hundreds of workers."""
STOP_SECONDS = 3.0
"""Time in which what goes on at the end has to end."""


class RemoteWorkers(Cluster):
    """The workers of a scheduler that runs elsewhere."""

    def __init__(self, scheduler: str, security: Security, settings: WorkerSettings) -> None:
        """Use the scheduler at this address, `tls://host:port`."""
        super().__init__(settings)
        self._address, self._security = scheduler, security
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cluster", daemon=True)
        self._client: Client | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._offers: dict[str, Offer] = {}
        """Of the workers that are there; without versions that differ."""
        self._unasked: set[str] = set()
        """Workers that are there and can't be handed fits: they have not said yet what they offer, or differ."""
        self._calls: set[asyncio.Future[Any]] = set()
        self._failure: str | None = None
        self._tried = threading.Event()

    def start(self) -> None:
        """Begin to look for the scheduler and its workers; return once that has been tried."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._keep(), self._loop)
        self._tried.wait(2 * ANSWER_SECONDS)

    def close(self) -> None:
        """Leave the scheduler; workers go on."""
        # Whoever stops has queued them again.
        self._handfuls.clear()
        asyncio.run_coroutine_threadsafe(self._end_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def broken(self) -> bool:
        """Tell that workers come back by themselves, sooner or later."""
        return False

    @property
    def devices(self) -> list[DeviceInfo]:
        """Return each kind of device that a worker has, once; until one has joined, only the processor is known."""
        found = {device.device: device for each in list(self._offers.values()) for device in each.devices}
        return list(found.values()) or [processor()]

    def ping(self) -> None:
        """Raise RuntimeError if no worker is there."""
        if self._client is None:
            raise RuntimeError(f"the scheduler at {self._address} can't be reached: {self._failure}")
        if not self._offers:
            raise RuntimeError(f"no worker of this version has joined the scheduler at {self._address}")

    def _there(self) -> Mapping[str, frozenset[str]]:
        return {address: names_of(each.devices) for address, each in list(self._offers.items())}

    def _is_lost(self, address: str) -> bool:
        return self._client is not None and address not in self._offers

    def _call_soon(self, function: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(self._call, function, *arguments)

    def _call(self, function: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
        call = self._loop.create_task(function(*arguments))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _asked(self, address: str, function: Callable[..., Any], *arguments: Any) -> Any:
        client = self._client
        if client is None:
            raise NotTakenError("the scheduler can't be reached")
        try:
            answers = await client.run(function, *arguments, workers=[address], on_error="return")
        except OSError as error:
            raise NotTakenError("the scheduler is lost") from error
        answer = answers[address]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def _replace(self, address: str) -> None:
        if self._client is not None:
            await self._client.restart_workers([address], timeout=ANSWER_SECONDS, raise_for_error=False)

    async def _keep(self) -> None:
        """Stay connected to the scheduler, and connect again whenever it is lost."""
        self._keeping = asyncio.current_task()
        while True:
            try:
                client = await self._connected()
            except Exception as error:
                self._note_failure(error)
            else:
                await self._use(client)
            self._tried.set()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _connected(self) -> Client:
        """Return a client of the scheduler. Raises what is wrong with it."""
        await reach(self._address)
        client = Client(
            self._address,
            security=self._security,
            asynchronous=True,
            set_as_default=False,
            timeout=ANSWER_SECONDS,
            name="fit-service",
            # A worker takes one as long as it trains.
            connection_limit=MOST_CONNECTIONS,
        )
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await client
        except BaseException:
            # One that is left alone holds up the end of the process.
            await client.close(timeout=1)
            raise
        return client

    async def _use(self, client: Client) -> None:
        """Use a client until its scheduler is lost."""
        try:
            self._client = client
            while client.status == "running":
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self._look(client)
                self._failure = None
                self._tried.set()
                await asyncio.sleep(LOOK_SECONDS)
            raise ConnectionError("the connection was closed")
        except Exception as error:
            self._note_failure(error)
        finally:
            self._client = None
            self._offers, self._unasked = {}, set()
            for address in list(self._handfuls):
                self._end(address, NotTakenError("the scheduler is lost"))
            await client.close(timeout=1)

    async def _look(self, client: Client) -> None:
        """Note which workers are there, and ask those that are new what they offer."""
        there = set(await client.nthreads())
        self._offers = {address: each for address, each in self._offers.items() if address in there}
        self._unasked &= there
        for address in there - self._offers.keys() - self._unasked:
            self._unasked.add(address)
            self._call(self._welcome, address)

    async def _welcome(self, address: str) -> None:
        """Ask a worker that is new what it offers; one of other versions is handed nothing, and the log says why."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                offered: Offer = await self._asked(address, offer)
        except Exception as error:
            logger.warning("the worker at %s does not say what it offers: %s", address, in_one_line(error))
            # It is asked again with the next look.
            self._unasked.discard(address)
            return
        differs = difference(offered.versions)
        if differs:
            logger.warning("the worker at %s is handed no fits: %s", address, differs)
        elif address in self._unasked:
            self._unasked.discard(address)
            self._offers[address] = offered
            logger.info("the worker at %s has joined", address)

    def _note_failure(self, error: Exception) -> None:
        """Log why the scheduler can't be reached: once, and not with each try as long as the cause stays the same."""
        cause = in_one_line(error)
        if cause != self._failure:
            logger.warning("the scheduler at %s can't be reached; trying again: %s", self._address, cause)
        self._failure = cause

    async def _end_all(self) -> None:
        """End the calls to workers, then whoever keeps the connection, then what a client of Dask leaves behind."""
        calls = [*self._calls]
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping], timeout=STOP_SECONDS)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=STOP_SECONDS)


@contextmanager
def remote_cluster(scheduler: str, security: Security, settings: WorkerSettings) -> Iterator[RemoteWorkers]:
    """Yield the workers of a scheduler that runs elsewhere, whether it is there already or not."""
    # What is wrong with the scheduler is told here, and once.
    for name in ("distributed", "distributed.client", "distributed.core", "distributed.utils"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with dask.config.set(DASK_SETTINGS):
        cluster = RemoteWorkers(scheduler, security, settings)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.close()
