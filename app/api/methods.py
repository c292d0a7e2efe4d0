"""HEAD where GET works, and what an address allows."""

from collections.abc import Iterable

from fastapi import Request
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

ASKED = "fit_service.asked_method"
"""Where a scope has the method that was asked for, if another one is answered."""


class Head:
    """Middleware that answers HEAD as GET; the server sends no body then."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, as ASGI defines it."""
        is_head = scope["type"] == "http" and scope["method"] == "HEAD"
        await self.app({**scope, "method": "GET", ASKED: "HEAD"} if is_head else scope, receive, send)


def allowed(request: Request) -> str:
    """Return the methods of an address as the header `Allow` has them: those of all routes that share it."""
    routes: Iterable[BaseRoute] = request.app.routes
    methods = {method for route in routes if route.matches(request.scope)[0] is not Match.NONE for method in _of(route)}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _of(route: BaseRoute) -> Iterable[str]:
    return getattr(route, "methods", None) or ()
