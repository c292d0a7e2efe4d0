"""How a running thing is disturbed, for so long, in an order that a seed decides."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import psutil

Disturbed = TypeVar("Disturbed")
_SHORTEST_PAUSE = 0.1


def disturb(
    disturbed: Disturbed,
    kinds: Sequence[Callable[[Disturbed, random.Random], None]],
    seconds: float,
    seed: int,
    longest_pause: float,
) -> Counter[str]:
    """Disturb something in all ways, again and again, for so many seconds; return how often it was in which way."""
    draw, counts = random.Random(seed), Counter[str]()  # noqa: S311
    end, coming = time.monotonic() + seconds, list[Callable[[Disturbed, random.Random], None]]()
    while time.monotonic() < end:
        time.sleep(draw.uniform(_SHORTEST_PAUSE, longest_pause))
        coming = coming or draw.sample(kinds, len(kinds))
        chosen = coming.pop()
        with suppress(psutil.NoSuchProcess):
            chosen(disturbed, draw)
        counts[chosen.__name__] += 1
    return counts


def kill_one(processes: Sequence[psutil.Process], draw: random.Random) -> None:
    """Kill one of some processes, if there is any."""
    for process in _one_of(processes, draw):
        process.kill()


def let_one_hang(processes: Sequence[psutil.Process], draw: random.Random, seconds: float) -> None:
    """Stop one of some processes, if there is any, for so many seconds."""
    for process in _one_of(processes, draw):
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)


def _one_of(processes: Sequence[psutil.Process], draw: random.Random) -> list[psutil.Process]:
    return draw.sample(processes, min(1, len(processes)))
