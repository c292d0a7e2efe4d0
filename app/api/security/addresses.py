"""What of the service is open to everybody, and which scope everything else needs."""

import re

from starlette._utils import get_route_path
from starlette.types import Scope as AsgiScope

from app.jobs.callers.keys import Scope

_PAGES = ("/", "/docs", "/openapi.json", "/favicon.ico", "/guide", "/problems", "/livez", "/readyz")
_OPEN = frozenset((*_PAGES, "/models", "/optimizers", "/losses", "/functions"))
_OPEN_BELOW = ("/guide/", "/models/", "/problems/", "/static/")
_ASKING = ("/predict", "/inverse", "/derive", "/compare", "/check", "/evaluate", "/read")
"""Ends of addresses whose POST changes nothing."""
_LINK = re.compile(r"/fit/[^/]+/links/[^/]+")
SESSION = "/session"
METRICS = "/metrics"


def path_of(scope: AsgiScope) -> str:
    """Return the path by which the routes are chosen: just as the router does, or a proxy's path would open a way."""
    return get_route_path(scope)


def is_open(path: str) -> bool:
    """Tell whether an address is open to everybody: of what is not known, nothing is."""
    return path in _OPEN or path.startswith(_OPEN_BELOW)


def needed_scope(method: str, path: str) -> Scope | None:
    """Return the scope that a request needs, None if any key will do."""
    if path == SESSION:
        return None
    if path == METRICS:
        return Scope.ADMIN
    if method in ("GET", "HEAD", "OPTIONS") or path.endswith(_ASKING):
        return Scope.READ
    if _LINK.fullmatch(path):
        # Who may make a link may revoke it.
        return Scope.FIT
    return Scope.DELETE if method == "DELETE" else Scope.FIT
