"""Every benchmark of speed in one run, as one table: `python -m tests.benchmarks`.

It takes some minutes, and a machine that does nothing else.
"""

import warnings

# First of all: it sets how many threads libraries use.
from tests.benchmarks import training  # isort: skip
from tests.benchmarks import curves, nonlinear, service
from tests.benchmarks.table import HEAD, machine

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(machine("torch", "jax", "scipy", "fastapi", "distributed"), HEAD, sep="\n\n", flush=True)
    training.rows()
    nonlinear.rows()
    curves.rows()
    service.rows()
