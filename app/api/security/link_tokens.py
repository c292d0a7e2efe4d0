"""The tokens of links in requests, and what they open: one fit, to be read."""

from urllib.parse import parse_qsl, unquote_plus

from starlette.types import Scope

from app.jobs.callers.links import PREFIX

PARAMETER = "link"
"""The query parameter with a token, for what can set no headers: pictures, downloads and streams of a page."""
_ASKING = ("predict", "inverse", "derive")
"""Ends of addresses below a fit whose POST changes nothing."""
_OF_THE_OWNER = ("links", "deliveries")
"""What of a fit its caller alone reads: it tells who else reads it, and which addresses the caller has."""
_STREAM = "/events"


def taken_from_query(scope: Scope) -> str | None:
    """Take the token out of the query of a request, so that nothing else sees it, and return it; None: it has none."""
    query: str = scope["query_string"].decode("latin-1")
    parts = query.split("&")
    tokens = [part for part in parts if part.partition("=")[0] == PARAMETER]
    scope["query_string"] = "&".join(part for part in parts if part not in tokens).encode("latin-1")
    return unquote_plus(tokens[0].partition("=")[2]) or None if tokens else None


def is_token(secret: str | None) -> bool:
    """Tell whether a secret is the token of a link, and no key."""
    return secret is not None and secret.startswith(PREFIX)


def opens(method: str, path: str, query: bytes, fit_id: str) -> bool:
    """Tell whether the link of a fit is for this request: of what is not known, none is."""
    of_fit = f"/fit/{fit_id}"
    is_reading = method in ("GET", "HEAD")
    if path == _STREAM:
        named = [value for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True) if name == "fit"]
        return is_reading and set(named) == {fit_id}
    if path == of_fit:
        return is_reading
    if not path.startswith(f"{of_fit}/"):
        return False
    below = path.removeprefix(f"{of_fit}/")
    if ".." in below.split("/"):
        return False
    is_for_its_owner = below.partition("/")[0] in _OF_THE_OWNER
    return (is_reading and not is_for_its_owner) or (method == "POST" and below in _ASKING)
