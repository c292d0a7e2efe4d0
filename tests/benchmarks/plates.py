"""All of Gpufit's fits as one request, from the first byte that is sent to the last result that is read.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.plates [--peer CHECKOUT]`.
"""

import io
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from torch import Tensor

from tests.benchmarks.gaussians import ITERATIONS, MODEL, SIDE, START, gaussians
from tests.benchmarks.services import both, compiles_beside, warm
from tests.benchmarks.table import SERVICE, at_most, begin, fastest, takes, told, written
from tests.helpers.running_service import RunningService

FITS, FEW = 100_000, 8


class Plate:
    """Many peaks as a Parquet file, with the fit that goes with it."""

    def __init__(self, fits: int) -> None:
        problem, self.truth = gaussians(fits)
        self._y = np.round(problem.y.T.double().numpy(), 3)
        self._body: dict[str, Any] = {
            "target": {"x": {name: variable[:, 0].tolist() for name, variable in problem.variables.items()}, "y": "y"},
            "model": MODEL,
            "parameters": START,
            "dtype": "float32",
            "hyperparameters": {"optimizer": "levenberg_marquardt", "steps": ITERATIONS},
        }
        pixels = pa.FixedSizeListArray.from_arrays(pa.array(self._y.astype(np.float32).ravel()), SIDE**2)
        uploaded = io.BytesIO()
        pa.parquet.write_table(pa.table({"y": pixels.cast(pa.list_(pa.float32()))}), uploaded)
        self._file = uploaded.getvalue()

    def as_json(self) -> dict[str, Any]:
        return {**self._body, "target": {**self._body["target"], "y": self._y.tolist()}}

    def fitted(self, service: RunningService) -> pa.Table:
        """Post the file, wait for the end, and read the results."""
        results, _ = self.answer(service)
        return results

    def answer(self, service: RunningService) -> tuple[pa.Table, dict[str, Any]]:
        """Return the results that are read, and the fit."""
        wait = {"Prefer": "wait=60, return=minimal"}
        upload = {"files": {"data": ("plate.parquet", self._file)}, "data": {"fit": json.dumps(self._body)}}
        fit = service.client.post("/fit", headers=wait, **upload).json()
        while fit.get("status") in ("queued", "running"):
            fit = service.client.get(f"/fit/{fit['id']}", headers=wait).json()
        assert fit.get("status") == "succeeded", fit
        answer = service.client.get(f"/fit/{fit['id']}/curves", params={"format": "parquet"})
        return pa.parquet.read_table(io.BytesIO(answer.content)), fit


def assert_right(table: pa.Table, truth: dict[str, Tensor]) -> None:
    (name,) = (name for name in table.column_names if name.endswith("x0") and "stderr" not in name)
    error = table[name].to_numpy() - truth["x0"].numpy()
    assert np.sqrt(np.nanmean(error**2)) < 0.1, "the peaks are not where they should be"


def rows(peer: Path | None) -> None:
    """By turns on both services, where there are two."""
    plate, few = Plate(FITS), Plate(FEW)
    with both(peer) as services:
        for service, is_older in zip(services, (False, True), strict=False):
            warm(service, few.as_json(), compiles=is_older and compiles_beside(peer))
            assert_right(plate.fitted(service), plate.truth)
        ways = [partial(plate.fitted, service) for service in services]
        ours, *others = fastest(3, *ways, clock=time.perf_counter)
    what = f"{FITS:,} fits as one `POST /fit`, Parquet in and out, with errors and histories"
    if not others:
        told(what, SERVICE, written(ours))
    for theirs in others:
        takes(f"{what} / an older checkout", SERVICE, ours, theirs, at_most(0.75))


if __name__ == "__main__":
    rows(begin("torch", "fastapi", "distributed").peer)
