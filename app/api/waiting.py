"""`Prefer: wait=N` (RFC 7240): hold a request until its fit has ended, at most N seconds."""

import asyncio
import re
import time

from starlette.concurrency import run_in_threadpool

from app.api.services import Services
from app.jobs.records import FitRecord

# The end is told by the dispatcher of this service; a fit that another service trains is only seen by looking.
LOOK_SECONDS = 1.0


def preferred_wait(prefer: str | None, longest: int) -> int | None:
    """Seconds that the header asks for, at most `longest`; None if it does not ask. Other preferences are ignored."""
    found = re.search(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})\"?\s*(?:$|[,;])", prefer or "", re.IGNORECASE)
    return min(int(found[1]), longest) if found else None


async def wait_for_end(services: Services, record: FitRecord, seconds: float) -> FitRecord:
    """The fit as it is when it has ended, when the time is up, or when the service stops."""
    deadline = time.monotonic() + seconds
    with services.events.subscription(record.id) as happened:
        while True:
            happened.clear()
            record = await run_in_threadpool(services.store.get, record.id)
            left = deadline - time.monotonic()
            if record.ended or left <= 0 or services.events.closed:
                return record
            try:
                await asyncio.wait_for(happened.wait(), min(left, LOOK_SECONDS))
            except TimeoutError:
                continue
