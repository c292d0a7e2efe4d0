"""Which host a request asks for, and which web page it comes from: other pages may not use the service."""

import ipaddress
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.problem_details import problem_response
from app.schemas.problem_kinds import CROSS_SITE_REQUEST, HOST_NOT_ALLOWED

CORS: dict[str, Any] = {
    "allow_methods": ["GET", "HEAD", "POST", "DELETE"],
    "allow_headers": [
        "Authorization",
        "Content-Type",
        "Idempotency-Key",
        "If-None-Match",
        "Last-Event-ID",
        "Prefer",
        "X-Request-ID",
    ],
    "expose_headers": ["ETag", "Location", "Preference-Applied", "Retry-After", "X-Request-ID"],
}
"""What pages of the origins that are allowed may send and see; cookies are not for them, but keys."""


class Origins:
    """Middleware that refuses requests for other hosts, and those that web pages of other origins send."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], origins: Collection[str]) -> None:
        self.app = app
        self.hosts = {"localhost", *(host.lower() for host in hosts)}
        self.origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, as ASGI defines it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._is_allowed_host(headers.get("host", "")):
            await problem_response(HOST_NOT_ALLOWED)(scope, receive, send)
        elif not self._may_come(scope["method"], headers):
            await problem_response(CROSS_SITE_REQUEST)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _is_allowed_host(self, host: str) -> bool:
        name = _name_of(host)
        # A page that has a name of its own resolved to this machine (DNS rebinding) has no number in its address.
        return "*" in self.hosts or name in self.hosts or _is_number(name)

    def _may_come(self, method: str, headers: Headers) -> bool:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and (origin in self.origins or "*" in self.origins):
            return True
        if site in ("cross-site", "same-site"):
            # A link on another page may lead here; what it shows, that page can't see.
            leads_here = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
            return method in ("GET", "HEAD") and leads_here
        return origin is None or site is not None or is_same_origin(headers)


def is_same_origin(headers: Headers) -> bool:
    """Tell whether the browser says that a page of the service itself sends a request."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site == "same-origin"
    return origin is not None and urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _name_of(host: str) -> str:
    """Return the name in a header Host, without the port; empty where there is none, or more than name and port."""
    if "@" in host or "/" in host:
        return ""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
