"""A line in the log for each request, its share of the figures, and the id by which client, proxy and log name it."""

import logging
import os
import re
import time
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.methods import ASKED
from app.api.security.addresses import METRICS, path_of
from app.operations.logs import REQUEST_ID, fields
from app.operations.metrics import REQUESTS

logger = logging.getLogger(__name__)

HEADER = b"x-request-id"
QUIET = frozenset(("/livez", "/readyz", METRICS))
"""What is asked again and again, so that nobody wants to read of it."""
LONGEST_PATH = 200
_METHODS = frozenset(("GET", "HEAD", "POST", "DELETE", "OPTIONS"))
_FIT_ID = re.compile(r"fit_[0-9a-f]{1,40}")
_ORDINARY = re.compile(r"[a-z_.-]{0,30}\d?|fit_[0-9a-f]{1,40}")
"""A part of a path that can be no key and no data."""
_USABLE_ID = re.compile(rb"[!-~]{1,128}")


class RequestLines:
    """Middleware outside of those that refuse: what they refuse has an id and a line too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, as ASGI defines it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        request_id = _taken_or_made(scope["headers"])
        REQUEST_ID.set(request_id.decode())
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (HEADER, request_id)]
            await send(message)

        # What is served by a mounted folder has another path by the time it answers.
        path, is_quiet = scope["path"], path_of(scope) in QUIET
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - began
            method = scope.get(ASKED, scope["method"])
            _count(scope, method, status, seconds)
            level = logging.DEBUG if is_quiet else logging.INFO
            if logger.isEnabledFor(level):
                logger.log(level, "request", extra=_fields(scope, method, path, status, seconds))


def fit_id_of(scope: Scope) -> str | None:
    """Return the id of the fit that a request is about, if there is one and it looks like one of ours."""
    fit_id = scope.get("state", {}).get("fit_id") or scope.get("path_params", {}).get("fit_id", "")
    # A path parameter is the client's; only what is an id belongs into the log.
    return fit_id if _FIT_ID.fullmatch(fit_id) else None


def without_input(path: str) -> str:
    """Return a path with `*` for each part that does not look like an address of ours: a key may have got into it."""
    return "/".join(part if _ORDINARY.fullmatch(part) else "*" for part in path[:LONGEST_PATH].split("/"))


def _taken_or_made(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the id that a request came with, or a new one where it has none that can be printed in a line."""
    for name, value in headers:
        if name == HEADER and _USABLE_ID.fullmatch(value):
            return value
    return os.urandom(16).hex().encode()


def _count(scope: Scope, method: str, status: int, seconds: float) -> None:
    # Methods and addresses that there are not would be ever more rows.
    route = getattr(scope.get("route"), "path", "none")
    REQUESTS.labels(method if method in _METHODS else "other", route, status).observe(seconds)


def _fields(scope: Scope, method: str, path: str, status: int, seconds: float) -> dict[str, dict[str, object]]:
    """Return the fields of a line; status 0 says that the client went before it was answered."""
    return fields(
        method=method,
        path=without_input(path),
        status=status,
        ms=round(1000 * seconds, 1),
        fit=fit_id_of(scope),
        client=None if scope["client"] is None else scope["client"][0],
    )
