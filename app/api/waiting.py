"""The wait of a request for the end of its fit."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from app.api.services import Services

Answer = TypeVar("Answer")


async def wait_for_end(
    services: Services, seconds: float, happened: asyncio.Event, look: Callable[[], Answer | None]
) -> Answer | None:
    """Return what `look` returns once the fit has ended, or None when the time is up or the service stops.

    `happened` is set whenever something may have happened to it; then `look` reads it anew, in a thread, and returns
    None as long as it has not ended. Raises what `look` raises.
    """
    deadline = time.monotonic() + seconds
    answer = None
    while answer is None and not services.events.closed:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(happened.wait(), min(left, services.waits.look_seconds))
        happened.clear()
        answer = await run_in_threadpool(look)
    return answer
