"""Who sends a request, by key, cookie or link, and whether they may: middleware, so that no route can be forgotten."""

import asyncio
import ipaddress
import logging

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.problem_details import problem_response
from app.api.security.addresses import METRICS, is_open, needed_scope, path_of
from app.api.security.key_ring import KeyRing
from app.api.security.link_tokens import is_token, opens, taken_from_query
from app.api.security.origins import is_same_origin
from app.jobs.callers.caller import LOCAL, Caller
from app.jobs.callers.keys import Key
from app.schemas.problem_kinds import CROSS_SITE_REQUEST, KEY_NEEDED, SCOPE_MISSING, ProblemKind

logger = logging.getLogger(__name__)

COOKIE = "fit_session"
SLOWED_SECONDS = 1.0
"""How long the answer to a key that is not good takes."""
_NO_LINK = "the link does not open this: it has ended, was revoked, or is of another fit; a key is needed"
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Access:
    """Middleware that says by `state.caller` who calls, and refuses whom it does not know."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, as ASGI defines it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        address = LOCAL if scope["client"] is None else scope["client"][0]
        state = scope.setdefault("state", {})
        state["caller"] = Caller(turn=address)
        path, token = path_of(scope), taken_from_query(scope)
        if is_open(path):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        ring: KeyRing = scope["app"].state.services.keys
        if not await ring.any_made() or (path == METRICS and is_of_this_machine(address, headers)):
            await self.app(scope, receive, send)
            return
        if await self._comes_by_link(ring, scope, path, token or bearer_of(headers)):
            await self.app(scope, receive, send)
            return
        key, refusal = await self._key(ring, scope["method"], headers, address, token)
        if key is None:
            challenge = _CHALLENGE if refusal is KEY_NEEDED else None
            detail = None if token is None else _NO_LINK
            await problem_response(refusal, detail, headers=challenge)(scope, receive, send)
            return
        needed = needed_scope(scope["method"], path)
        if needed is not None and needed not in key.scopes:
            detail = f"this key has not the scope {needed}: ask who runs the service for one that has"
            await problem_response(SCOPE_MISSING, detail)(scope, receive, send)
            return
        state["caller"], state["key"] = Caller(key.caller, key.caller), key
        await self.app(scope, receive, send)

    async def _comes_by_link(self, ring: KeyRing, scope: Scope, path: str, token: str | None) -> bool:
        """Tell whether a request comes by a link that is for it, and note whose fit is read then."""
        link = await ring.of_link(token) if token is not None and is_token(token) else None
        if link is None or not opens(scope["method"], path, scope["query_string"], link.fit_id):
            return False
        state = scope["state"]
        state["caller"], state["link"], state["token"] = Caller(link.caller, state["caller"].turn), link, token
        return True

    async def _key(
        self, ring: KeyRing, method: str, headers: Headers, address: str, token: str | None
    ) -> tuple[Key | None, ProblemKind]:
        """Return the key of a request, or None and why there is none; a link with this `token` did not open it."""
        secret, cookie = bearer_of(headers), cookie_of(headers)
        if secret is not None:
            key = await ring.of_secret(secret)
        elif cookie is not None:
            if method not in ("GET", "HEAD", "OPTIONS") and not is_same_origin(headers):
                return None, CROSS_SITE_REQUEST
            key = await ring.of_session(cookie)
        elif token is None or await ring.of_link(token) is not None:
            return None, KEY_NEEDED
        else:
            key = None
        if key is None:
            logger.warning("a request from %s was refused: its key, session or link is not good", address)
            await asyncio.sleep(SLOWED_SECONDS)
        return key, KEY_NEEDED


async def may_still_read(request: Request) -> bool:
    """Tell whether the key or link of a request, which was good when it came, has not been revoked or ended since."""
    ring: KeyRing = request.app.state.services.keys
    if getattr(request.state, "link", None) is not None:
        return await ring.of_link(request.state.token) is not None
    if getattr(request.state, "key", None) is None:
        return not await ring.any_made()
    secret, cookie = bearer_of(request.headers), cookie_of(request.headers)
    if secret is not None:
        return await ring.of_secret(secret) is not None
    return cookie is not None and await ring.of_session(cookie) is not None


def bearer_of(headers: Headers) -> str | None:
    """Return the key in the header Authorization, if there is one."""
    scheme, _, secret = headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None


def cookie_of(headers: Headers) -> str | None:
    """Return the secret of the session in the cookie, if there is one."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE)


def is_of_this_machine(address: str, headers: Headers) -> bool:
    """Tell whether a request comes from this machine itself, and not through a proxy on it."""
    if "x-forwarded-for" in headers or "forwarded" in headers:
        return False
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
