"""Rows of the table of benchmarks: what, our time, a peer's in the same run, the ratio, and the aim."""

import math
import platform
import time
from collections.abc import Callable
from importlib.metadata import version

import psutil

HEAD = "| what | ours | peer | ratio | aim |\n|---|---|---|---|---|"


def machine(*libraries: str) -> str:
    """Where it ran, and the versions of what."""
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    return f"{platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}, {versions}"


def row(what: str, ours: float, peer: float, aim: str = "") -> None:
    """How many times as fast we are; both in seconds."""
    told(what, written(ours), written(peer), f"{peer / ours:.3g} x", aim)


def told(what: str, ours: str, peer: str = "", ratio: str = "", aim: str = "") -> None:
    """Print a row in words."""
    print(f"| {what} | {ours} | {peer} | {ratio} | {aim} |", flush=True)


def written(seconds: float) -> str:
    """With a unit that fits."""
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{1e3 * seconds:.3g} ms" if seconds >= 1e-3 else f"{1e6 * seconds:.3g} us"


def fastest(repetitions: int, *actions: Callable[[], object]) -> list[float]:
    """Seconds that each takes at its best, run by turns after a turn to warm up."""
    best = [math.inf] * len(actions)
    for turn in range(repetitions + 1):
        for index, action in enumerate(actions):
            began = time.perf_counter()
            action()
            took = time.perf_counter() - began
            best[index] = min(best[index], took) if turn else math.inf
    return best
