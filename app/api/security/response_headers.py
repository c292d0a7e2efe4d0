"""Headers of every answer that tell browsers what not to do with it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.security.addresses import path_of

_NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_SHOWN = "default-src 'none'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
POLICY = f"{_SHOWN}; {_NOTHING_ELSE}"
"""The policy of what has no scripts."""
GUIDE_POLICY = f"{_SHOWN}; font-src 'self'; {_NOTHING_ELSE}"
"""The policy of the guide: no scripts, and our own font for formulas."""
PAGE_POLICY = f"{_SHOWN}; script-src 'self'; connect-src 'self'; font-src 'self'; {_NOTHING_ELSE}"
"""The policy of the page and of Swagger UI: our own scripts and font, and questions to us."""


class ResponseHeaders:
    """Middleware that adds to every answer the headers which protect it, unless the route has set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, as ASGI defines it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        # What is served by a mounted folder has another path by the time it answers.
        is_ours_for_all = path_of(scope).startswith("/static/")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                headers.setdefault("Content-Security-Policy", POLICY)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                # Files of ours are kept, but asked for each time: those of two versions do not work together.
                headers.setdefault("Cache-Control", "no-cache" if is_ours_for_all else "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)
