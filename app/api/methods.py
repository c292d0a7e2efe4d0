"""HEAD where GET works, and what an address allows."""

from fastapi import Request
from starlette.routing import compile_path
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


def is_head(request: Request) -> bool:
    """Tell whether only the head of the answer was asked for."""
    return request.scope.get(ASKED) == "HEAD"


def allowed(request: Request) -> str:
    """Return the methods of an address as the header `Allow` has them: those of all its operations.

    It is empty for an address that the OpenAPI description does not have.
    """
    methods, path = set(), request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    for template, operations in request.app.openapi()["paths"].items():
        if compile_path(template)[0].match(path):
            methods |= {method.upper() for method in operations}
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
