"""A process as the service's workers are, for what is measured in process: one thread, their memory's settings."""

import os
import sys

import torch

from app.jobs.dispatch.dask_settings import ENVIRONMENT

_ENVIRONMENT = {
    **ENVIRONMENT,
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
}


def become_a_worker() -> None:
    """Begin this process anew if its environment differs: libraries read it only when they are loaded."""
    if not _ENVIRONMENT.items() <= os.environ.items():
        os.execve(sys.executable, sys.orig_argv, {**os.environ, **_ENVIRONMENT})  # noqa: S606
    torch.set_num_threads(1)
