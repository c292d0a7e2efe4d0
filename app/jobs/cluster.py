"""The worker processes: a Dask cluster in the service, one process a core, TLS between all."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial

import dask
from distributed import Client, Future, KilledWorker, LocalCluster

from app.fitting.devices import DeviceInfo, available_devices
from app.jobs.attempts import Attempt
from app.jobs.worker import WorkerSettings, run_fits

logger = logging.getLogger(__name__)

_SETTINGS = {
    # The table counts lost workers and hands fits out again; Dask's own reruns would carry an old attempt.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-ttl": "30s",
    # No pages on open ports that tell about the fits.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.multiprocessing-method": "spawn",
    # A nanny whose worker died while it started gives up; so long after it is forgotten, and can be replaced.
    "distributed.deploy.lost-worker-timeout": "5s",
}


class WorkerLostError(RuntimeError):
    """The process that the attempt was handed to has died."""


class TaskLostError(RuntimeError):
    """The scheduler forgot the attempt."""


Done = Callable[[Attempt, BaseException | None], None]
"""Told when a task ends: its attempt, and the exception if it did not end well."""


class Cluster:
    """Runs fits on worker processes."""

    def __init__(self, dask_cluster: LocalCluster, client: Client, settings: WorkerSettings) -> None:
        self._workers = len(dask_cluster.workers)
        self._dask_cluster = dask_cluster
        self._client = client
        self._settings = settings
        self._futures: dict[Attempt, Future[None]] = {}
        self.devices: list[DeviceInfo] = self._ask_for_devices()

    @property
    def free_slots(self) -> int:
        """How many more groups of fits can be trained at once at the moment: workers that have nothing to do."""
        return max(0, self._workers_there() - len({future.key for future in self._futures.values()}))

    @property
    def running(self) -> list[Attempt]:
        """What is handed to workers and has not ended."""
        return list(self._futures)

    def submit(self, attempts: Sequence[Attempt], done: Done) -> None:
        """Hand fits to one worker; `done` is called for each from another thread when all have ended."""
        # Dask keeps statistics for ever by the first word of a key, so that word must not be the fit's own.
        key = f"fit-{attempts[0].fit_id}-{attempts[0].number}"
        future = self._client.submit(run_fits, self._settings, tuple(attempts), key=key, pure=False)
        self._futures |= dict.fromkeys(attempts, future)

        def forget(ended: Future[None]) -> None:
            error = None if ended.status == "finished" else _why(ended)
            for attempt in attempts:
                self._futures.pop(attempt, None)
                done(attempt, error)

        future.add_done_callback(forget)

    def drop(self, attempt: Attempt, stop_worker: bool) -> None:
        """Forget an attempt; with `stop_worker`, replace the process that works on it and does not stop by itself."""
        future = self._futures.get(attempt)
        if future is None:
            return
        if not stop_worker and list(self._futures.values()).count(future) > 1:
            # Its worker finds it ended before it begins with it; others of its group go on.
            del self._futures[attempt]
            return
        tasks = self._client.processing() if stop_worker else {}
        busy = [address for address, keys in tasks.items() if future.key in keys]
        future.cancel(force=True)
        if busy:
            logger.warning("%s did not stop in time: replacing its worker process", attempt.fit_id)
            # A process that hangs is given some seconds to go by itself; other fits need not wait for that.
            restart = partial(self._client.restart_workers, busy, raise_for_error=False)
            threading.Thread(target=restart, name="restart", daemon=True).start()

    def ping(self) -> None:
        """Raises RuntimeError if the scheduler does not answer or no worker is there."""
        try:
            workers = self._workers_there()
        except (OSError, TimeoutError, ValueError) as error:
            raise RuntimeError(f"the scheduler does not answer: {type(error).__name__}") from error
        if not workers:
            raise RuntimeError("no worker process is there at the moment")

    def replace_lost_workers(self) -> None:
        """Start workers for those that are gone for good. One that died while it worked is restarted by its nanny."""
        if self._workers_there() < self._workers:
            self._dask_cluster.scale(self._workers)

    def _workers_there(self) -> int:
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def _ask_for_devices(self) -> list[DeviceInfo]:
        answers = self._client.run(available_devices)
        return list({device.device: device for devices in answers.values() for device in devices}.values())


def _why(future: Future[None]) -> BaseException:
    if future.status != "error":
        return TaskLostError(f"the task was {future.status}")
    error: BaseException = future.exception()
    return WorkerLostError() if isinstance(error, KilledWorker) else error


@contextmanager
def local_cluster(workers: int, settings: WorkerSettings) -> Iterator[Cluster]:
    """A cluster of `workers` processes on this machine; all end with the context, or with this process."""
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
            preload="app.jobs.worker",
        ) as dask_cluster,
        # Not `with Client`: the context is left in another thread, which Dask's own context variable does not bear.
        closing(Client(dask_cluster, set_as_default=False)) as client,
    ):
        yield Cluster(dask_cluster, client, settings)
