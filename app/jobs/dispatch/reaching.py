"""Whether anybody listens at the address of a scheduler: a client of Dask tries for long, and says little."""

import asyncio
from urllib.parse import urlsplit

ANSWER_SECONDS = 10.0
"""A scheduler that has not answered after so long is given up."""
PAUSE_SECONDS = 1.0
"""Pause between tries to reach one."""


async def reach(address: str) -> None:
    """Return if somebody listens at an address such as `tls://host:8786`. Raises OSError where nobody does."""
    parts = urlsplit(address)
    async with asyncio.timeout(ANSWER_SECONDS):
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.close()


def in_one_line(error: BaseException) -> str:
    """Return why a scheduler can't be reached."""
    while error.__cause__ is not None:
        error = error.__cause__
    words = str(error).partition("\n")[0]
    return f"it did not answer within {ANSWER_SECONDS:g} s" if isinstance(error, TimeoutError) else words or repr(error)
