"""The settings of Dask for schedulers and workers that we start."""

ENVIRONMENT = {
    **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    # The C library keeps so many bytes for the next step of a batch. By Dask's own setting it would give them back and
    # ask for them again with each step, which makes a step four times slower.
    "MALLOC_TRIM_THRESHOLD_": str(128 * 2**20),
    # No less than this, or each large tensor is a mapping of its own; the C library takes no larger number.
    "MALLOC_MMAP_THRESHOLD_": str(32 * 2**20),
}
"""Environment variables of the worker processes, from their start on."""
DASK_SETTINGS = {
    "distributed.scheduler.worker-ttl": "30s",
    # No pages on open ports that tell about the fits.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.multiprocessing-method": "spawn",
    # It looks at every thread a hundred times a second.
    "distributed.worker.profile.enabled": False,
    # A worker bounds by itself what a fit may take. Dask would pause it, or end it and all that is in its hands.
    **{f"distributed.worker.memory.{action}": False for action in ("target", "spill", "pause", "terminate")},
    # How often scheduler, nannies and workers look at themselves; nobody reads what they note, and it delays fits.
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.nanny.pre-spawn-environ": ENVIRONMENT,
}
"""What is set while they run."""
