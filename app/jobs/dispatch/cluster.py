"""The worker processes: a Dask cluster in the service, one process a core, TLS between all.

A group of fits is handed to a worker of our choice by a call to it, which takes a quarter of the time of a Dask task:
the table, and not Dask, knows what is queued, and who is to do it again.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial

import dask
from distributed import Client, LocalCluster, Status

from app.jobs.dispatch.devices import DeviceInfo, available_devices
from app.jobs.store.attempts import Attempt
from app.jobs.worker.process import WorkerSettings, work_on

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
    "distributed.nanny.pre-spawn-environ": ENVIRONMENT,
    # A nanny whose worker died while it started gives up; so long after it is forgotten, and can be replaced.
    "distributed.deploy.lost-worker-timeout": "5s",
}


class WorkerLostError(RuntimeError):
    """The process that the attempt was handed to has died."""


class NoWorkerError(RuntimeError):
    """No worker is free."""


Done = Callable[[Sequence[Attempt], BaseException | None], None]
"""Called when the attempts of a group are over, with the exception if they did not end well."""


@dataclass(frozen=True)
class _Group:
    """Fits in the hands of one worker, and the function to call when they have ended."""

    attempts: tuple[Attempt, ...]
    done: Done


class Cluster:
    """The worker processes, and the fits in their hands."""

    def __init__(self, dask_cluster: LocalCluster, client: Client, settings: WorkerSettings) -> None:
        self._workers = len(dask_cluster.workers)
        self._dask_cluster = dask_cluster
        self._client = client
        self._settings = settings
        self._groups: dict[str, _Group] = {}
        self.devices: list[DeviceInfo] = self._ask_for_devices()

    @property
    def free_slots(self) -> int:
        """Return how many more groups of fits can be trained at the moment: one for each worker that is free."""
        return len(self._free())

    @property
    def running(self) -> list[Attempt]:
        """Return the attempts that are handed to workers and have not ended."""
        return [attempt for group in list(self._groups.values()) for attempt in group.attempts]

    def submit(self, attempts: Sequence[Attempt], done: Done) -> None:
        """Hand fits to one worker; `done` is called once from another thread when all have ended.

        Raises NoWorkerError if all workers are at work.
        """
        free = self._free()
        if not free:
            raise NoWorkerError("all workers are at work")
        group = self._groups[free[0]] = _Group(tuple(attempts), done)
        threading.Thread(target=self._call, args=(free[0], group), name=free[0], daemon=True).start()

    def replace_worker_of(self, attempt: Attempt) -> None:
        """Replace the process that works on an attempt and does not stop by itself."""
        for address, group in list(self._groups.items()):
            if attempt in group.attempts:
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
        for address in [address for address in list(self._groups) if address not in there]:
            # Silent for so long that it is not waited for any more, though the connection to it may stand.
            self._end(address, WorkerLostError())
        if len(there) < self._workers:
            self._dask_cluster.scale(self._workers)

    def _call(self, address: str, group: _Group) -> None:
        try:
            answers = self._client.run(work_on, self._settings, group.attempts, workers=[address], on_error="return")
            error = answers[address]
        except Exception as failed:
            error = failed
        if self._groups.get(address) is group:
            self._end(address, WorkerLostError() if isinstance(error, OSError) else error)

    def _end(self, address: str, error: BaseException | None) -> None:
        group = self._groups.pop(address, None)
        if group is not None:
            group.done(group.attempts, error)

    def _free(self) -> list[str]:
        return [address for address in self._there() if address not in self._groups]

    def _there(self) -> list[str]:
        # The scheduler runs in this process; to ask it as a client would take longer than some fits.
        scheduler = self._dask_cluster.scheduler
        workers = [] if scheduler is None else list(scheduler.workers.items())
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
