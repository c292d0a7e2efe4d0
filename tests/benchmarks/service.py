"""The way round the mathematics: latency of a tiny fit, fits a second of many clients, plates of curves, memory.

Run with `pip install -e '.[test,benchmark]'` and `python -m tests.benchmarks.service`. It needs a C++ compiler.
"""

import io
import json
import statistics
import tempfile
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet
import torch

from app.fitting.formulas.formula import parse
from app.fitting.formulas.parameters import Parameters
from app.fitting.optimizers import make_optimizer
from app.fitting.problems.data import sampled_function
from app.fitting.problems.problem import Problem
from app.fitting.training import start, train
from app.jobs.store.attempts import Work
from app.jobs.submission.resolve import resolve
from app.jobs.worker.loops import COMPILER, Loops
from app.jobs.worker.one_curve import train_one
from app.schemas.request import FitRequest
from app.settings import Settings
from tests.benchmarks import curves
from tests.benchmarks.table import HEAD, fastest, machine, told, written
from tests.helpers.running_service import RunningService

CLIENTS = 64
SECONDS = 30
TINY = {"target": {"x": [1, 2, 3, 4, 5], "y": [1.1, 1.9, 3.2, 3.8, 5.1]}, "model": "a + b * x"}
TINY_FITS = 300
PAGE = 10_000


def main() -> None:
    """Print the table by itself."""
    warnings.simplefilter("ignore")
    print(machine("torch", "fastapi", "distributed"), HEAD, sep="\n\n")
    rows()


def rows() -> None:
    """All of them, on one service."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        service = RunningService(Path(folder), compile="true", workers=2)
        try:
            warm(service, {}, loops=1)
            memory(service)
            latency(service)
            throughput(service)
            warm(service, plate(8), loops=2)
            plates(service)
        finally:
            service.close()


def warm(service: RunningService, body: dict[str, Any], loops: int) -> None:
    """Post until there are so many compiled shapes, and the compiler has gone."""
    deadline = time.monotonic() + 300
    while len(list(service.folder.glob("loops/*.pt2"))) < loops or compilers(service):
        assert time.monotonic() < deadline, service.log
        service.fitted(body)
        time.sleep(0.05)
    for _ in range(4):
        service.fitted(body)


def processes(service: RunningService) -> list[psutil.Process]:
    whole = psutil.Process(service.process.pid)
    return [whole, *whole.children(recursive=True)]


def compilers(service: RunningService) -> list[psutil.Process]:
    return [process for process in processes(service) if compiles(process)]


def compiles(process: psutil.Process) -> bool:
    try:
        return COMPILER in process.cmdline()
    except psutil.Error:
        # It has ended just now.
        return False


def memory(service: RunningService) -> None:
    """Resident memory of the service and its workers, idle; pages that they share are counted for each."""
    total = sum(process.memory_info().rss for process in processes(service)) / 2**20
    told("memory of the service with 2 warm workers, idle", f"{total:,.0f} MiB", aim="<= 1,200 MiB")


def latency(service: RunningService) -> None:
    """`Prefer: wait` of a tiny fit, beside the same fit in this process."""
    took = []
    for _ in range(TINY_FITS):
        began = time.perf_counter()
        service.fitted(TINY)
        took.append(time.perf_counter() - began)
    cut = statistics.quantiles(took, n=100)
    (alone,) = fastest(20, tiny_fit)
    for name, at, aim in (("p50", cut[49], 15), ("p99", cut[98], 40)):
        what = f"tiny fit over HTTP, idle, {name} / the fit alone in process"
        told(what, written(at), written(alone), f"{written(at - alone)} added", f"<= {aim} ms added")


def tiny_fit() -> None:
    """As a worker does it, without a database."""
    submission = resolve(FitRequest.model_validate(TINY), Settings(), ["cpu"])
    work = Work(1, submission.fit.to_json(), submission.arrays, None, None, 0.0)
    for _ in train_one(work, Loops(Path("/nowhere"), may_compile=False), 1):
        pass


def step_by_step() -> float:
    """Tutorial fits a second of one process that trains them one after another, without any compiled code."""
    formula = parse("a + b * P3(c + d * x)")
    data = sampled_function("sin", [-3.141592653589793, 3.141592653589793], 2000, torch.float64)
    vector = torch.tensor([0.0, -1.0, 0.0, 0.3], dtype=torch.float64)
    problem = Problem(formula, data, Parameters(formula.parameters), vector)
    optimizer = make_optimizer("gradient_descent", learning_rate=5e-6)
    (seconds,) = fastest(3, lambda: list(train(problem, optimizer, start(problem, optimizer, vector), 2000, 3600)))
    return 1 / seconds


def throughput(service: RunningService) -> None:
    """Tutorial fits a second of many clients at once."""
    alone = step_by_step()
    begun = threading.Barrier(CLIENTS)

    def client(_number: int) -> int:
        # The standard library's, which takes little of the machine that it measures.
        connection, done = HTTPConnection("127.0.0.1", service.port, timeout=90), 0
        begun.wait()
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            headers = {"Content-Type": "application/json", "Prefer": "wait=60, return=minimal"}
            connection.request("POST", "/fit", b"{}", headers)
            done += json.loads(connection.getresponse().read())["status"] == "succeeded"
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        rate = sum(pool.map(client, range(CLIENTS))) / SECONDS
    what = f"{CLIENTS} clients posting tutorial fits for {SECONDS} s / one process, step by step"
    told(what, f"{rate:.0f} fits/s", f"{alone:.2f} fits/s", f"{rate / alone:.0f} x", ">= 40 x")


def plate(fits: int) -> dict[str, Any]:
    """Gpufit's problem as a request."""
    problem, _ = curves.gaussians(fits)
    return {
        "target": {
            "x": {name: variable[:, 0].tolist() for name, variable in problem.variables.items()},
            "y": np.round(problem.y.T.double().numpy(), 3).tolist(),
        },
        "model": curves.MODEL,
        "parameters": curves.START,
        "dtype": "float32",
        "hyperparameters": {"optimizer": "levenberg_marquardt", "steps": curves.ITERATIONS},
    }


def plates(service: RunningService) -> None:
    """All of Gpufit's fits as one request, from the first byte that is sent to the last result that is read."""
    body = plate(curves.FITS)
    pixels = pa.array(np.array(body["target"]["y"], dtype=np.float32).ravel())
    table = pa.table({"y": pa.FixedSizeListArray.from_arrays(pixels, curves.SIDE**2).cast(pa.list_(pa.float32()))})
    uploaded = io.BytesIO()
    pa.parquet.write_table(table, uploaded)
    as_json = json.dumps(body)
    named = json.dumps({**body, "target": {**body["target"], "y": "y"}})

    def by_parquet() -> None:
        files = {"data": ("plate.parquet", uploaded.getvalue())}
        fit = ended(service, files=files, data={"fit": named})
        answer = service.client.get(f"/fit/{fit}/curves", params={"format": "parquet"})
        assert pa.parquet.read_table(io.BytesIO(answer.content)).num_rows == curves.FITS

    def by_json() -> None:
        fit, after, count, more = ended(service, content=as_json), -1, 0, True
        while more:
            page = service.client.get(f"/fit/{fit}/curves", params={"after": after, "limit": PAGE}).json()
            after, more, count = page["data"][-1]["curve"], page["has_more"], count + len(page["data"])
        assert count == curves.FITS

    parquet, by_page = fastest(3, by_parquet, by_json)
    what = f"the same {curves.FITS:,} fits as one `POST /fit`, with errors and histories kept"
    told(f"{what}, Parquet in and out", written(parquet), aim="<= 2 s")
    told(f"{what}, JSON in and out", written(by_page), aim="<= 8 s")


def ended(service: RunningService, **content: Any) -> str:
    """Post a fit and wait for its end; its id."""
    headers = {"Prefer": "wait=60, return=minimal"}
    if "content" in content:
        headers["Content-Type"] = "application/json"
    fit: dict[str, Any] = service.client.post("/fit", headers=headers, **content).json()
    assert fit["status"] == "succeeded", fit
    return str(fit["id"])


if __name__ == "__main__":
    main()
