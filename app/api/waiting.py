"""The wait of a request for the end of its fit."""

import asyncio
import contextlib
import time

from starlette.concurrency import run_in_threadpool

from app.api.services import Services
from app.jobs.errors import FitNotFoundError
from app.jobs.store.records import FitRecord

# The end is told by the dispatcher of this service; a fit that another service trains is only seen by looking.
LOOK_SECONDS = 1.0


async def wait_for_end(services: Services, record: FitRecord, seconds: float, happened: asyncio.Event) -> FitRecord:
    """Return the fit as it is when it has ended, when the time is up, or when the service stops.

    `happened` is set whenever something has happened to the fit since its record was read.
    """
    deadline = time.monotonic() + seconds
    while not record.ended and not services.events.closed:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(happened.wait(), min(left, LOOK_SECONDS))
        happened.clear()
        try:
            record = await run_in_threadpool(services.store.get, record.id)
        except FitNotFoundError:
            # Ended and deleted by somebody else meanwhile: the last that is known of it.
            break
    return record
