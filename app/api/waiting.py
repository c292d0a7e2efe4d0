"""The wait of a request for the end of its fit."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool

from app.api.services import Services
from app.jobs.errors import FitNotFoundError
from app.schemas.response import Fit


async def wait_for_end(
    services: Services, seconds: float, happened: asyncio.Event, look: Callable[[], Fit]
) -> Fit | None:
    """Return the fit as it is when it has ended, when the time is up, or when the service stops; None before any look.

    `happened` is set whenever something may have happened to it; then `look` reads it anew, in a thread.
    """
    deadline = time.monotonic() + seconds
    fit = None
    while (fit is None or not fit.status.has_ended) and not services.events.closed:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(happened.wait(), min(left, services.waits.look_seconds))
        happened.clear()
        try:
            fit = await run_in_threadpool(look)
        except FitNotFoundError:
            # Ended and deleted by somebody else meanwhile: the last that is known of it.
            break
    return fit
