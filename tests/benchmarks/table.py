"""Rows of the table of benchmarks: what, how it is measured, our time, a peer's in the same run, and the aim."""

import argparse
import math
import platform
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

HEAD = "| what | measured | ours | peer | ratio | aim |\n|---|---|---|---|---|---|"

PROGRAM = "program alone"
PATH = "training path"
"""From the tensors of a problem to the end of its training, as a worker does it."""
MAKING = "making of a program"
SERVICE = "service over HTTP"


@dataclass(frozen=True)
class Aim:
    """What a ratio is to be."""

    bound: float
    sign: str
    """`>=` or `<=`."""
    unit: str = "x"

    def told(self, value: float) -> str:
        """Return the aim in words, and whether a value meets it."""
        met = value >= self.bound if self.sign == ">=" else value <= self.bound
        return f"{self.sign} {self.bound:,g} {self.unit}" + ("" if met else ": **missed**")


def at_least(bound: float, unit: str = "x") -> Aim:
    return Aim(bound, ">=", unit)


def at_most(bound: float, unit: str = "x its time") -> Aim:
    return Aim(bound, "<=", unit)


def faster(what: str, measured: str, ours: float, peer: float, aim: Aim | None = None) -> None:
    """Print how many times as fast we are; both in seconds."""
    ratio = peer / ours
    told(what, measured, written(ours), written(peer), f"{ratio:,.3g} x", "" if aim is None else aim.told(ratio))


def takes(what: str, measured: str, ours: float, peer: float, aim: Aim | None = None) -> None:
    """Print our time as a share of the peer's; both in seconds."""
    ratio = ours / peer
    aimed = "" if aim is None else aim.told(ratio)
    told(what, measured, written(ours), written(peer), f"{ratio:,.3g} x its time", aimed)


def told(what: str, measured: str, ours: str, peer: str = "", ratio: str = "", aim: str = "") -> None:
    """Print a row in words."""
    print(f"| {what} | {measured} | {ours} | {peer} | {ratio} | {aim} |", flush=True)


def written(seconds: float) -> str:
    """With a unit that fits."""
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{1e3 * seconds:.3g} ms" if seconds >= 1e-3 else f"{1e6 * seconds:.3g} us"


def fastest(repetitions: int, *actions: Callable[[], object], clock: Callable[[], float] | None = None) -> list[float]:
    """Seconds that each takes at its best, run by turns after a turn to warm up.

    A clock that is not given is the one on the wall, or with `--cpu` that of the processor.
    """
    clock = clock or (time.process_time if options().cpu else time.perf_counter)
    best = [math.inf] * len(actions)
    for turn in range(repetitions + 1):
        for index, action in enumerate(actions):
            began = clock()
            action()
            took = clock() - began
            best[index] = min(best[index], took) if turn else math.inf
    return best


@dataclass(frozen=True)
class Options:
    """The command line of a room, or of all."""

    peer: Path | None
    """Root of an older checkout, whose service is measured too."""
    bare: bool
    """Whether the table's head is printed already."""
    cpu: bool
    """Whether fits in process are measured by the time of the processor: a first look on a machine that others use."""


def options() -> Options:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", type=Path, help="root of an older checkout, whose service is measured too")
    parser.add_argument("--bare", action="store_true", help="without the head of the table")
    parser.add_argument("--cpu", action="store_true", help="in process, by the time of the processor: for a first look")
    arguments = parser.parse_args()
    return Options(None if arguments.peer is None else arguments.peer.resolve(), arguments.bare, arguments.cpu)


def begin(*libraries: str) -> Options:
    """Begin a room: print the head of the table, and return the options."""
    warnings.simplefilter("ignore")
    chosen = options()
    if not chosen.bare:
        print(machine(*libraries), HEAD, sep="\n\n", flush=True)
    return chosen


def machine(*libraries: str) -> str:
    """Where it ran, and the versions of what."""
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    return f"{platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}, {versions}"
