"""Workers and schedulers of a cluster of many machines, as processes by themselves."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Container
from dataclasses import dataclass, field

import dask
from distributed import Scheduler, Security, Status
from distributed.system import MEMORY_LIMIT

from app.jobs.dispatch.dask_settings import DASK_SETTINGS
from app.jobs.dispatch.reaching import PAUSE_SECONDS, in_one_line, reach
from app.jobs.dispatch.supervision import Supervision

logger = logging.getLogger(__name__)


class _Any(Container[str]):
    """A container that has everything."""

    def __contains__(self, item: object) -> bool:
        return True


@dataclass
class _Elsewhere:
    """A scheduler of which only the address is known: whether a worker is lost to it, the worker knows itself."""

    address: str
    status: Status = Status.running
    workers: _Any = field(default_factory=_Any)


def host_workers(scheduler: str, workers: int, security: Security) -> None:
    """Keep so many worker processes here that train for the services of a scheduler, until a signal comes.

    One whose process ends, or whose scheduler does, is started again.
    """
    options = {
        "nthreads": 1,
        "security": security,
        "memory_limit": MEMORY_LIMIT // workers,
        "silence_logs": logging.CRITICAL,
        "dashboard": False,
    }

    async def joined(address: str) -> None:
        logger.info("the worker at %s has joined the scheduler at %s", address, scheduler)

    async def host() -> None:
        await _reached(scheduler)
        supervision = Supervision(workers, _Elsewhere(scheduler), options, joined)
        await supervision.start()
        await _signal()
        await supervision.close()

    _run(host())


def host_scheduler(host: str, port: int, security: Security) -> None:
    """Be the scheduler of a cluster until a signal comes."""

    async def serve() -> None:
        async with Scheduler(host=host, port=port, protocol="tls", security=security, dashboard=False) as scheduler:
            logger.info("the scheduler is at %s", scheduler.address)
            await _signal()

    _run(serve())


async def _reached(scheduler: str) -> None:
    """Wait until somebody listens at the address of the scheduler, and log why nobody does."""
    failure = None
    while True:
        try:
            await reach(scheduler)
        except OSError as error:
            if in_one_line(error) != failure:
                failure = in_one_line(error)
                logger.warning("the scheduler at %s can't be reached; trying again: %s", scheduler, failure)
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return


async def _signal() -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _run(main: Awaitable[None]) -> None:
    logging.getLogger("distributed").setLevel(logging.CRITICAL)

    async def run() -> None:
        await main

    with dask.config.set(DASK_SETTINGS):
        asyncio.run(run())
