"""The worker processes: a Dask cluster in the service, one process a core, TLS between all.

A handful of fits is handed to a worker of our choice by a call to it, which takes a small part of the time of a Dask
task: the table, and not Dask, knows what is queued, and who is to do it again.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dask
from distributed import LocalCluster, Status
from distributed.core import clean_exception
from distributed.protocol.pickle import dumps
from distributed.protocol.serialize import Serialized, deserialize
from distributed.system import MEMORY_LIMIT

from app.jobs.dispatch.devices import DeviceInfo, available_devices, processor
from app.jobs.dispatch.supervision import Supervision
from app.jobs.store.attempt import Attempt
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
}


class WorkerLostError(RuntimeError):
    """The process that the attempt was handed to has died."""


class NoWorkerError(RuntimeError):
    """No worker is free."""


Done = Callable[[Sequence[Attempt], BaseException | None], None]
"""Called when attempts are over, with the exception if they did not end well."""


@dataclass
class _Handful:
    """Fits in the hands of one worker, and the function to call when some of them are over."""

    attempts: tuple[Attempt, ...]
    done: Done


class Cluster:
    """The worker processes, and the fits in their hands."""

    def __init__(self, workers: int, dask_cluster: LocalCluster, settings: WorkerSettings) -> None:
        self._dask_cluster = dask_cluster
        if dask_cluster.scheduler is None or dask_cluster.loop is None:
            raise RuntimeError("the cluster has not been started")
        # The scheduler runs in this process; to ask it as a client would take longer than some fits.
        self._scheduler, self._loop = dask_cluster.scheduler, dask_cluster.loop
        options = dask_cluster.new_spec["options"]
        self._supervision = Supervision(workers, self._scheduler, options, self._ask_for_devices)
        self._settings = settings
        self._handfuls: dict[str, _Handful] = {}
        self.devices: list[DeviceInfo] = [processor()]
        """The devices of the workers; until one has joined, only the processor is known."""

    def start(self) -> None:
        """Start the worker processes; return once each has joined or could not be started."""
        self._dask_cluster.sync(self._supervision.start)

    def close(self) -> None:
        """End the worker processes."""
        self._dask_cluster.sync(self._supervision.close)

    @property
    def broken(self) -> bool:
        """Tell whether workers that are lost will not come back before the service is started again."""
        return self._supervision.broken

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
                self._loop.add_callback(self._supervision.replace, address)

    def ping(self) -> None:
        """Raise RuntimeError if no worker is there."""
        if self.broken:
            raise RuntimeError("workers are not started any more: restart the service")
        if not self._there():
            failure = self._supervision.failure
            cause = f", and none can be started: {failure}" if failure else ""
            raise RuntimeError(f"no worker process is there at the moment{cause}")

    def give_up_lost_workers(self) -> None:
        """End what is in the hands of workers of which the scheduler has heard nothing for too long.

        The connection to such a worker may stand, so nothing else would tell.
        """
        there = self._there()
        for address in [address for address in list(self._handfuls) if address not in there]:
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
        except Exception as failed:
            error = failed
        if self._handfuls.get(address) is handful:
            self._end(address, WorkerLostError() if isinstance(error, OSError) else error)

    async def _asked(self, address: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function in a worker, and return its answer or raise its exception; OSError if the worker is gone."""
        call = {"function": dumps(function), "args": dumps(arguments), "wait": True}
        answer = {name: _read(part) for name, part in (await self._scheduler.rpc(address).run(**call)).items()}
        if answer["status"] == "error":
            _, error, traceback = clean_exception(**answer)
            raise (error or RuntimeError(f"{address} failed without an exception")).with_traceback(traceback)
        return answer["result"]

    async def _ask_for_devices(self, address: str) -> None:
        self.devices = await self._asked(address, available_devices)

    def _end(self, address: str, error: BaseException | None) -> None:
        handful = self._handfuls.pop(address, None)
        if handful is not None:
            handful.done(handful.attempts, error)

    def _free(self) -> list[str]:
        return [address for address in self._there() if address not in self._handfuls]

    def _there(self) -> list[str]:
        workers = list(self._scheduler.workers.items())
        return [address for address, worker in workers if worker.status == Status.running]


def _read(part: Any) -> Any:
    """Return a part of an answer: the scheduler leaves what it is answered as it came."""
    return deserialize(part.header, part.frames) if isinstance(part, Serialized) else part


@contextmanager
def local_cluster(workers: int, settings: WorkerSettings) -> Iterator[Cluster]:
    """Start a cluster of `workers` processes here, and yield it; all end with the context, or with this process.

    A process that can't be started is tried again and again, so there may be fewer, or none.
    """
    logging.getLogger("distributed").setLevel(logging.ERROR)
    # The supervision says what a nanny can't do, and says it once.
    logging.getLogger("distributed.nanny").setLevel(logging.CRITICAL)
    with (
        dask.config.set(_SETTINGS),
        LocalCluster(
            # Those that it starts it does not start again.
            n_workers=0,
            threads_per_worker=1,
            processes=True,
            security=True,
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
            memory_limit=MEMORY_LIMIT // workers,
        ) as dask_cluster,
    ):
        cluster = Cluster(workers, dask_cluster, settings)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.close()
            # Of a scheduler that has ended, Dask would ask for half a minute to end.
            dask_cluster.shutdown_scheduler = dask_cluster.scheduler.status == Status.running
