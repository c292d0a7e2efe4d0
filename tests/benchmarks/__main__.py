"""Every benchmark of speed in one run, as one table: `python -m tests.benchmarks`.

It takes some minutes, and a machine that does nothing else. Each room runs in a process of its own, as it does by
itself: the libraries of one would slow down another.
"""

import subprocess
import sys

from tests.benchmarks.table import HEAD, machine

ROOMS = ("training", "nonlinear", "curves", "service")

if __name__ == "__main__":
    print(machine("torch", "jax", "scipy", "fastapi", "distributed"), HEAD, sep="\n\n", flush=True)
    for room in ROOMS:
        rows = f"from tests.benchmarks.{room} import rows; rows()"
        subprocess.run([sys.executable, "-W", "ignore", "-c", rows], check=True)
