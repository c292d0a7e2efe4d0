"""The way round the mathematics: latency of a tiny fit, fits a second of many clients, memory.

Run with `python -m tests.benchmarks.service`.
"""

import concurrent.futures
import platform
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import httpx
import psutil
import torch

from app.fitting.formula import parse
from app.fitting.optimizers import make_optimizer
from app.fitting.parameters import Parameters
from app.fitting.problem import Problem, sampled_function
from app.fitting.training import start, train
from tests.running_service import RunningService

CLIENTS = 64
SECONDS = 30
TINY = {"target": {"x": [1, 2, 3, 4, 5], "y": [1.1, 1.9, 3.2, 3.8, 5.1]}, "model": "a + b * x"}


def main() -> None:
    torch.set_num_threads(1)
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "fastapi", "distributed"))
    print(f"{platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}, {versions}")
    with tempfile.TemporaryDirectory() as folder:
        service = RunningService(Path(folder), compile="true", workers=2)
        try:
            service.wait_until(lambda: any(Path(folder).glob("loops/*.pt2")), "compiled")
            for _ in range(5):
                service.post({}, wait=60)
            memory(service)
            latency(service)
            throughput(service)
        finally:
            service.close()


def memory(service: RunningService) -> None:
    """Resident memory of the service and its workers, idle."""
    whole = psutil.Process(service.process.pid)
    parts = [whole, *whole.children(recursive=True)]
    print(f"memory, idle, 2 warm workers: {sum(part.memory_info().rss for part in parts) / 2**20:.0f} MiB")


def latency(service: RunningService) -> None:
    """`Prefer: wait` of a tiny fit."""
    took = []
    for _ in range(300):
        began = time.perf_counter()
        service.post(TINY, wait=60)
        took.append(1e3 * (time.perf_counter() - began))
    cut = statistics.quantiles(took, n=100)
    print(f"tiny fit with Prefer: wait: p50 {cut[49]:.1f} ms, p99 {cut[98]:.1f} ms")


def throughput(service: RunningService) -> None:
    """Tutorial fits a second, beside one process that trains them step by step."""
    formula = parse("a + b * P3(c + d * x)")
    data = sampled_function("sin", [-3.141592653589793, 3.141592653589793], 2000, torch.float64)
    vector = torch.tensor([0.0, -1.0, 0.0, 0.3], dtype=torch.float64)
    problem = Problem(formula, data, Parameters(formula.parameters), vector)
    optimizer = make_optimizer("gradient_descent", learning_rate=5e-6)
    began = time.perf_counter()
    for _ in range(3):
        list(train(problem, optimizer, start(problem, optimizer, vector), 2000, 3600))
    alone = 3 / (time.perf_counter() - began)
    deadline = time.monotonic() + SECONDS

    def client(_number: int) -> int:
        done = 0
        with httpx.Client(base_url=service.client.base_url, timeout=90, trust_env=False) as http:
            while time.monotonic() < deadline:
                answer = http.post("/fit", json={}, headers={"Prefer": "wait=60, return=minimal"})
                done += answer.json()["status"] == "succeeded"
        return done

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        total = sum(pool.map(client, range(CLIENTS)))
    print(
        f"{CLIENTS} clients: {total / SECONDS:.0f} tutorial fits/s; step by step in one process {alone:.2f}/s:", end=" "
    )
    print(f"{total / SECONDS / alone:.0f} x")


if __name__ == "__main__":
    main()
