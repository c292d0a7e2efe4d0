"""When a message is tried again: after pauses that grow, for three days."""

import random

KEPT_TRYING_SECONDS = 3 * 86_400.0
FIRST_PAUSE_SECONDS = 1.0
GROWTH = 4.0
LONGEST_PAUSE_SECONDS = 6 * 3600.0
JITTER = 0.2
"""Pauses differ by so much of themselves: what failed together is not tried again together."""


def next_try(tries: int, since: float, now: float, asked_seconds: float = 0.0) -> float | None:
    """Return when to try again what has failed `tries` times; None where it is given up.

    All times are in the same seconds; `since` is when there was something to send. A receiver may ask for a longer
    pause, as long as that is no longer than the longest.
    """
    pause = min(FIRST_PAUSE_SECONDS * GROWTH ** min(tries - 1, 30), LONGEST_PAUSE_SECONDS)
    pause *= random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - nobody gains by guessing it
    next_at = now + max(pause, min(asked_seconds, LONGEST_PAUSE_SECONDS))
    return next_at if next_at <= since + KEPT_TRYING_SECONDS else None
