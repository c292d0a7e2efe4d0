"""The worker processes of this service: a Dask cluster in it, one process a core, TLS between all.

It asks scheduler and workers by what Dask has for its own use: to ask as a client would takes longer than some fits.
"""

import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dask
from distributed import LocalCluster, Status
from distributed.core import clean_exception
from distributed.protocol.pickle import dumps
from distributed.protocol.serialize import Serialized, deserialize
from distributed.system import MEMORY_LIMIT

from app.jobs.dispatch.cluster import Cluster, names_of
from app.jobs.dispatch.dask_settings import DASK_SETTINGS
from app.jobs.dispatch.devices import DeviceInfo, available_devices, processor
from app.jobs.dispatch.supervision import Supervision
from app.jobs.worker.process import WorkerSettings


class LocalWorkers(Cluster):
    """The worker processes of this service."""

    def __init__(self, workers: int, dask_cluster: LocalCluster, settings: WorkerSettings) -> None:
        super().__init__(settings)
        self._dask_cluster = dask_cluster
        if dask_cluster.scheduler is None or dask_cluster.loop is None:
            raise RuntimeError("the cluster has not been started")
        self._scheduler, self._loop = dask_cluster.scheduler, dask_cluster.loop
        options = dask_cluster.new_spec["options"]
        self._supervision = Supervision(workers, self._scheduler, options, self._ask_for_devices)
        self._devices = [processor()]

    @property
    def devices(self) -> list[DeviceInfo]:
        """Return the devices of this machine; until a worker has joined, only the processor is known."""
        return self._devices

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

    def ping(self) -> None:
        """Raise RuntimeError if no worker is there."""
        if self.broken:
            raise RuntimeError("workers are not started any more: restart the service")
        if not self._there():
            failure = self._supervision.failure
            cause = f", and none can be started: {failure}" if failure else ""
            raise RuntimeError(f"no worker process is there at the moment{cause}")

    def _there(self) -> Mapping[str, frozenset[str]]:
        names, workers = names_of(self._devices), list(self._scheduler.workers.items())
        return {address: names for address, worker in workers if worker.status == Status.running}

    def _is_lost(self, address: str) -> bool:
        # One that is handed nothing more at the moment is there all the same.
        return address not in self._scheduler.workers

    def _call_soon(self, function: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
        self._loop.add_callback(function, *arguments)

    async def _asked(self, address: str, function: Callable[..., Any], *arguments: Any) -> Any:
        call = {"function": dumps(function), "args": dumps(arguments), "wait": True}
        answer = {name: _read(part) for name, part in (await self._scheduler.rpc(address).run(**call)).items()}
        if answer["status"] == "error":
            _, error, traceback = clean_exception(**answer)
            raise (error or RuntimeError(f"{address} failed without an exception")).with_traceback(traceback)
        return answer["result"]

    async def _replace(self, address: str) -> None:
        await self._supervision.replace(address)

    async def _ask_for_devices(self, address: str) -> None:
        self._devices = await self._asked(address, available_devices)


def _read(part: Any) -> Any:
    """Return a part of an answer: the scheduler leaves what it is answered as it came."""
    return deserialize(part.header, part.frames) if isinstance(part, Serialized) else part


@contextmanager
def local_cluster(workers: int, settings: WorkerSettings) -> Iterator[LocalWorkers]:
    """Start a cluster of `workers` processes here, and yield it; all end with the context, or with this process.

    A process that can't be started is tried again and again, so there may be fewer, or none.
    """
    logging.getLogger("distributed").setLevel(logging.ERROR)
    # The supervision says what a nanny can't do, and says it once.
    logging.getLogger("distributed.nanny").setLevel(logging.CRITICAL)
    with (
        dask.config.set(DASK_SETTINGS),
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
        cluster = LocalWorkers(workers, dask_cluster, settings)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.close()
            # Of a scheduler that has ended, Dask would ask for half a minute to end.
            dask_cluster.shutdown_scheduler = dask_cluster.scheduler.status == Status.running
