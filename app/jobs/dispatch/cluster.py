"""The workers and the fits in their hands, whoever places them: `local_cluster`, or `remote_cluster` for many machines.

A handful of fits is handed to a worker of our choice by a call to it, which takes a small part of the time of a Dask
task: the table, and not Dask, knows what is queued, and who is to do it again.
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.jobs.dispatch.devices import DeviceInfo, processor
from app.jobs.store.attempt import Attempt
from app.jobs.worker.process import WorkerBusyError, WorkerSettings, go_on, is_at_work, work_on

logger = logging.getLogger(__name__)


BUSY_SECONDS = 0.25
"""Pause between two questions to a worker whether it is still at work for another service."""


class WorkerLostError(RuntimeError):
    """The process that the attempt was handed to has died."""


class NoWorkerError(RuntimeError):
    """No worker is free."""


class NotTakenError(RuntimeError):
    """No worker has the attempt any more, for which neither it nor a worker is to blame."""


Done = Callable[[Sequence[Attempt], BaseException | None], None]
"""Called when attempts are over, with the exception if they did not end well."""


@dataclass
class _Handful:
    """Fits in the hands of one worker, and the function to call when some of them are over."""

    attempts: tuple[Attempt, ...]
    done: Done


class Cluster(ABC):
    """The workers, by their addresses, and the fits in their hands."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._handfuls: dict[str, _Handful] = {}
        self._busy: set[str] = set()
        """Workers that are at work for another service."""

    @abstractmethod
    def ping(self) -> None:
        """Raise RuntimeError if no worker is there."""

    @property
    @abstractmethod
    def broken(self) -> bool:
        """Tell whether workers that are lost will not come back before the service is started again."""

    @property
    @abstractmethod
    def devices(self) -> list[DeviceInfo]:
        """Return the devices of the workers; until one has joined, only the processor is known."""

    @abstractmethod
    def _there(self) -> Mapping[str, frozenset[str]]:
        """Return the devices that each worker has beside the processor; of those that can be handed fits."""

    @abstractmethod
    def _is_lost(self, address: str) -> bool:
        """Tell whether it is known that a worker is no more, or is silent for too long."""

    @abstractmethod
    def _call_soon(self, function: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
        """Call a coroutine function in the event loop of the workers; may be called from any thread."""

    @abstractmethod
    async def _asked(self, address: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in a worker, and return its answer or raise its exception; OSError if the worker is gone."""

    @abstractmethod
    async def _replace(self, address: str) -> None:
        """End the process of a worker, so that another takes its place."""

    def free_workers(self) -> Mapping[frozenset[str], int]:
        """Return how many workers can be handed fits now, by the devices that they have beside the processor."""
        return Counter(self._free().values())

    def _free(self) -> dict[str, frozenset[str]]:
        return {
            address: devices
            for address, devices in self._there().items()
            if address not in self._handfuls and address not in self._busy
        }

    @property
    def running(self) -> list[Attempt]:
        """Return the attempts that are handed to workers and have not ended."""
        return [attempt for handful in list(self._handfuls.values()) for attempt in handful.attempts]

    def submit(self, attempts: Sequence[Attempt], devices: frozenset[str], done: Done) -> None:
        """Hand fits to one worker that has just these devices beside the processor.

        `done` is called from another thread for each when it is over, perhaps for several. Raises NoWorkerError if all
        such workers are at work.
        """
        free = [address for address, has in self._free().items() if has == devices]
        if not free:
            raise NoWorkerError("all workers are at work")
        handful = self._handfuls[free[0]] = _Handful(tuple(attempts), done)
        self._call_soon(self._follow, free[0], handful)

    def replace_worker_of(self, attempt: Attempt) -> None:
        """Replace the process that works on an attempt and does not stop by itself."""
        for address, handful in list(self._handfuls.items()):
            if attempt in handful.attempts:
                logger.warning("%s did not stop in time: replacing its worker process", attempt.fit_id)
                # A process that hangs is given some seconds to go by itself; other fits need not wait for that.
                self._call_soon(self._replace, address)

    def give_up_lost_workers(self) -> None:
        """End what is in the hands of workers that are lost.

        The connection to such a worker may stand, so nothing else would tell.
        """
        for address in [address for address in list(self._handfuls) if self._is_lost(address)]:
            self._end(address, WorkerLostError())

    async def _follow(self, address: str, handful: _Handful) -> None:
        """Let a worker train fits, and tell of each when it is over."""
        error: BaseException | None = None
        try:
            left: tuple[Attempt, ...] = await self._asked(address, work_on, self._settings, handful.attempts)
            while left and self._handfuls.get(address) is handful:
                over = [attempt for attempt in handful.attempts if attempt not in left]
                handful.attempts = left
                handful.done(over, None)
                left = await self._asked(address, go_on, self._settings, left)
        except WorkerBusyError:
            self._busy.add(address)
            self._call_soon(self._wait_until_free, address)
            error = NotTakenError("the worker is at work for another service")
        except OSError:
            error = WorkerLostError()
        except asyncio.CancelledError:
            error = NotTakenError("the call to the worker was broken off")
            raise
        except Exception as failed:
            error = failed
        finally:
            if self._handfuls.get(address) is handful:
                self._end(address, error)

    async def _wait_until_free(self, address: str) -> None:
        """Ask a worker again and again, until it is at work for no other service, or is gone."""
        try:
            while address in self._there():
                await asyncio.sleep(BUSY_SECONDS)
                if not await self._asked(address, is_at_work):
                    break
        except (OSError, NotTakenError):
            logger.debug("the worker at %s is gone", address)
        finally:
            self._busy.discard(address)

    def _end(self, address: str, error: BaseException | None) -> None:
        handful = self._handfuls.pop(address, None)
        if handful is not None:
            handful.done(handful.attempts, error)


def names_of(devices: Sequence[DeviceInfo]) -> frozenset[str]:
    """Return the names of devices, but for the processor, which every worker has."""
    return frozenset(device.device for device in devices) - {processor().device}
