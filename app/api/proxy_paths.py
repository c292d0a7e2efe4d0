"""The path under which a proxy serves the service: some proxies pass it on, and some strip it."""

from starlette.types import ASGIApp, Receive, Scope, Send


class ProxyPaths:
    """Middleware that puts the proxy's path before addresses from which the proxy has stripped it.

    ASGI wants it there, and folders of files are not found without it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request, as ASGI defines it."""
        root_path = scope.get("root_path", "").rstrip("/")
        if scope["type"] == "http" and root_path and not f"{scope['path']}/".startswith(f"{root_path}/"):
            scope = {**scope, "path": root_path + scope["path"]}
        await self.app(scope, receive, send)
