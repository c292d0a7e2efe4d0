"""The worker processes: a Dask cluster in the service, one process a core, TLS between all.

A handful of fits is handed to a worker of our choice by a call to it, which takes a small part of the time of a Dask
task: the table, and not Dask, knows what is queued, and who is to do it again.
"""

import logging
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import dask
from distributed import Client, LocalCluster, Status
from distributed.core import clean_exception
from distributed.protocol.pickle import dumps
from distributed.protocol.serialize import deserialize

from app.jobs.dispatch.devices import DeviceInfo, available_devices
from app.jobs.store.attempts import Attempt
from app.jobs.worker.process import WorkerSettings, go_on, work_on

logger = logging.getLogger(__name__)

ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    # The C library keeps so many bytes for the next step of a batch. By Dask's own setting it would give them back and
    # ask for them again with each step, which makes a step four times slower.
    "MALLOC_TRIM_THRESHOLD_": str(128 * 2**20),
    # No less than this, or each large tensor is a mapping of its own; the C library takes no larger number.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
}
"""Environment variables of the worker processes, from their start on."""
_SETTINGS = {
    "distributed.scheduler.worker-ttl": "30s",
    # No pages on open ports that tell about the fits.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.multiprocessing-method": "spawn",
    # It looks at every thread a hundred times a second.
    "distributed.worker.profile.enabled": False,
    # How often scheduler, nannies and workers look at themselves; nobody reads what they note, and it delays fits.
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.nanny.pre-spawn-environ": ENVIRONMENT,
    # A nanny whose worker died while it started gives up; so long after it is forgotten, and can be replaced.
    "distributed.deploy.lost-worker-timeout": "5s",
}


class WorkerLostError(RuntimeError):
    """The process that the attempt was handed to has died."""


class NoWorkerError(RuntimeError):
    """No worker is free."""


Done = Callable[[Sequence[Attempt], BaseException | None], None]
"""Called when attempts are over, with the exception if they did not end well."""
Work = Callable[[WorkerSettings, tuple[Attempt, ...]], Coroutine[Any, Any, tuple[Attempt, ...]]]


@dataclass
class _Handful:
    """Fits in the hands of one worker, and the function to call when some of them are over."""

    attempts: tuple[Attempt, ...]
    done: Done


class Cluster:
    """The worker processes, and the fits in their hands."""

    def __init__(self, dask_cluster: LocalCluster, client: Client, settings: WorkerSettings) -> None:
        self._workers = len(dask_cluster.workers)
        self._dask_cluster = dask_cluster
        self._client = client
        if dask_cluster.scheduler is None or dask_cluster.loop is None:
            raise RuntimeError("the cluster has not been started")
        # The scheduler runs in this process; to ask it as a client would take longer than some fits.
        self._scheduler, self._loop = dask_cluster.scheduler, dask_cluster.loop
        self._settings = settings
        self._handfuls: dict[str, _Handful] = {}
        self.devices: list[DeviceInfo] = self._ask_for_devices()

    @property
    def free_slots(self) -> int:
        """Return how many more handfuls of fits can be trained at the moment: one for each worker that is free."""
        return len(self._free())

    @property
    def running(self) -> list[Attempt]:
        """Return the attempts that are handed to workers and have not ended."""
        return [attempt for handful in list(self._handfuls.values()) for attempt in handful.attempts]

    def submit(self, attempts: Sequence[Attempt], done: Done) -> None:
        """Hand fits to one worker; `done` is called from another thread for each when it is over, perhaps for several.

        Raises NoWorkerError if all workers are at work.
        """
        free = self._free()
        if not free:
            raise NoWorkerError("all workers are at work")
        handful = self._handfuls[free[0]] = _Handful(tuple(attempts), done)
        self._loop.add_callback(self._follow, free[0], handful)

    def replace_worker_of(self, attempt: Attempt) -> None:
        """Replace the process that works on an attempt and does not stop by itself."""
        for address, handful in list(self._handfuls.items()):
            if attempt in handful.attempts:
                logger.warning("%s did not stop in time: replacing its worker process", attempt.fit_id)
                # A process that hangs is given some seconds to go by itself; other fits need not wait for that.
                restart = partial(self._client.restart_workers, [address], raise_for_error=False)
                threading.Thread(target=restart, name="restart", daemon=True).start()

    def ping(self) -> None:
        """Raise RuntimeError if no worker is there."""
        if not self._there():
            raise RuntimeError("no worker process is there at the moment")

    def replace_lost_workers(self) -> None:
        """Start workers for those that are gone for good; one that died while it worked is restarted by its nanny."""
        there = self._there()
        for address in [address for address in list(self._handfuls) if address not in there]:
            # Silent for so long that it is not waited for any more, though the connection to it may stand.
            self._end(address, WorkerLostError())
        if len(there) < self._workers:
            self._dask_cluster.scale(self._workers)

    async def _follow(self, address: str, handful: _Handful) -> None:
        """Let a worker train fits, and tell of each when it is over."""
        error: BaseException | None = None
        try:
            left = await self._asked(address, work_on, handful.attempts)
            while left and self._handfuls.get(address) is handful:
                over = [attempt for attempt in handful.attempts if attempt not in left]
                handful.attempts = left
                handful.done(over, None)
                left = await self._asked(address, go_on, left)
        except Exception as failed:
            error = failed
        if self._handfuls.get(address) is handful:
            self._end(address, WorkerLostError() if isinstance(error, OSError) else error)

    async def _asked(self, address: str, function: Work, attempts: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
        """Call a function in a worker, and return its answer or raise its exception; OSError if the worker is gone."""
        call = {"function": dumps(function), "args": dumps((self._settings, attempts)), "wait": True}
        answer = await self._scheduler.rpc(address).run(**call)
        if answer["status"] == "error":
            _, error, _ = clean_exception(**answer)
            raise error or RuntimeError(f"{address} failed without an exception")
        # The scheduler leaves what it is answered as it came.
        left: tuple[Attempt, ...] = deserialize(answer["result"].header, answer["result"].frames)
        return left

    def _end(self, address: str, error: BaseException | None) -> None:
        handful = self._handfuls.pop(address, None)
        if handful is not None:
            handful.done(handful.attempts, error)

    def _free(self) -> list[str]:
        return [address for address in self._there() if address not in self._handfuls]

    def _there(self) -> list[str]:
        workers = list(self._scheduler.workers.items())
        return [address for address, worker in workers if worker.status == Status.running]

    def _ask_for_devices(self) -> list[DeviceInfo]:
        answers = self._client.run(available_devices)
        return list({device.device: device for devices in answers.values() for device in devices}.values())


@contextmanager
def local_cluster(workers: int, settings: WorkerSettings) -> Iterator[Cluster]:
    """Start a cluster of `workers` processes here, and yield it; all end with the context, or with this process."""
    logging.getLogger("distributed").setLevel(logging.ERROR)
    with (
        dask.config.set(_SETTINGS),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            security=True,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.ERROR,
            preload="app.jobs.worker.process",
        ) as dask_cluster,
        # Not `with Client`: the context is left in another thread, which Dask's own context variable does not bear.
        closing(Client(dask_cluster, set_as_default=False)) as client,
    ):
        yield Cluster(dask_cluster, client, settings)
