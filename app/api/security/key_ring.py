"""The keys as requests look them up: what the database said is believed for at most half a second."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar, cast

from starlette.concurrency import run_in_threadpool

from app.jobs.callers.keys import Key, digest_of
from app.jobs.callers.links import Link
from app.jobs.store.keys import KeyStore
from app.jobs.store.links import LinkStore

_BELIEVED_SECONDS = 0.5
_MOST_REMEMBERED = 1000
Good = TypeVar("Good", Key, Link)


class KeyRing:
    """Keys, sessions and links by the digests of their secrets, and whether a key was made; only good ones stay."""

    def __init__(self, store: KeyStore, links: LinkStore) -> None:
        self.store, self.links = store, links
        self._keys: dict[str, tuple[float, Key | Link]] = {}
        self._any_made, self._looked_at = False, float("-inf")
        self._looking = asyncio.Lock()

    async def any_made(self) -> bool:
        """Tell whether a key was ever made, and so one is needed."""
        if self._is_known():
            return self._any_made
        # One request looks for all that came meanwhile.
        async with self._looking:
            if not self._is_known():
                self._any_made = await run_in_threadpool(self.store.any_made)
                self._looked_at = time.monotonic()
        return self._any_made

    def _is_known(self) -> bool:
        return self._any_made or time.monotonic() - self._looked_at <= _BELIEVED_SECONDS

    async def of_secret(self, secret: str) -> Key | None:
        """Return the good key with this secret, if there is one."""
        return await self._of(digest_of(secret), secret, self.store.of_secret)

    async def of_session(self, secret: str) -> Key | None:
        """Return the good key of the session with this secret, if there is one."""
        return await self._of("session " + digest_of(secret), secret, self.store.of_session)

    async def of_link(self, secret: str) -> Link | None:
        """Return the link with this secret that has not ended, if there is one."""
        return await self._of("link " + digest_of(secret), secret, self.links.of_secret)

    def forget(self) -> None:
        """Ask the database again for every key, as a session or a link has ended."""
        self._keys.clear()

    async def _of(self, name: str, secret: str, look: Callable[[str], Good | None]) -> Good | None:
        remembered = self._keys.get(name)
        now = time.monotonic()
        if remembered is not None and now - remembered[0] <= _BELIEVED_SECONDS:
            # Names begin with what the secret is of.
            return cast(Good, remembered[1])
        key = await run_in_threadpool(look, secret)
        if len(self._keys) >= _MOST_REMEMBERED:
            self._keys.clear()
        if key is None:
            self._keys.pop(name, None)
        else:
            self._keys[name] = now, key
        return key
