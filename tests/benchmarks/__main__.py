"""Every benchmark of speed in one run, as one table: `python -m tests.benchmarks [--peer CHECKOUT]`.

It takes some minutes, and a machine that does nothing else. Each room runs in a process of its own, as it does by
itself: the libraries of one would slow down another.
"""

import subprocess
import sys

from tests.benchmarks.table import HEAD, machine, options

ROOMS = (
    "tutorial",
    "new_formulas",
    "nonlinear",
    "searches",
    "curves",
    "service",
    "clients",
    "streams",
    "plates",
    "databases",
    "parts",
    "cluster",
)

if __name__ == "__main__":
    options()
    print(machine("torch", "llvmlite", "jax", "scipy", "fastapi", "distributed"), HEAD, sep="\n\n", flush=True)
    arguments = ["--bare", *sys.argv[1:]]
    for room in ROOMS:
        subprocess.run([sys.executable, "-W", "ignore", "-m", f"tests.benchmarks.{room}", *arguments], check=True)
