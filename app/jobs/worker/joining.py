"""The Dask worker of a worker process, which sets its process up before it joins."""

import gc
from typing import Any

from distributed import Worker


class TrainingWorker(Worker):
    """A worker that joins only once its process can train.

    What goes wrong here reaches the service in its own words. So the libraries are loaded here and not by the module:
    a process that can't even load this module ends with an exit code alone.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # Until it is set up, the garbage collector would find nothing but libraries, which stay.
        gc.disable()
        from app.jobs.worker.process import set_up  # noqa: PLC0415

        set_up()
        super().__init__(*arguments, **options)


def dask_setup(_worker: Worker) -> None:
    """Set up the process of any Dask worker that has this module as its preload."""
    from app.jobs.worker.process import set_up  # noqa: PLC0415

    set_up()
