"""Entity tags (RFC 9110, 8.8.3): whoever has an answer already, and asks with its tag, gets 304 instead of it again."""

import hashlib
import re
from functools import cache
from typing import Any

from fastapi import Request, Response

_TAGS = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The answer that the client has, by the tag in `If-None-Match`, still holds."}
}
"""What a route declares whose answers have tags."""
OF_A_CALLER = {"Cache-Control": "no-cache, private"}
"""What caches may do with an answer about fits: a browser keeps it, and asks each time whether it still holds."""
OF_EVERYBODY = {"Cache-Control": "no-cache"}
"""The same for an answer that is one for all: whatever lies between may keep it too."""


def tag_of(request: Request, *parts: object) -> str:
    """Return the tag of an answer that follows from its address, the version of the service, and these parts.

    Parts are whatever has a `repr` that says all of it, such as numbers, texts and tuples of these.
    """
    address = (request.app.version, request.scope.get("root_path", ""), request.scope["path"], request.url.query)
    digest = hashlib.blake2b(repr((address, parts)).encode("utf-8", "surrogatepass"), digest_size=16)
    return f'"{digest.hexdigest()}"'


def is_known(request: Request, tag: str) -> bool:
    """Tell whether the client has the answer with this tag, as its header `If-None-Match` says."""
    known = ", ".join(request.headers.getlist("if-none-match"))
    return known.strip() == "*" or tag.removeprefix("W/") in _TAGS.findall(known)


def not_modified(headers: dict[str, str]) -> Response:
    """Return the answer to whoever has it already; the headers are those that it would have with content."""
    return Response(status_code=304, headers=headers)


@cache
def _digest_of(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def unchanging(request: Request, content: bytes, media_type: str = "application/json") -> Response:
    """Return an answer that is the same for everybody until the service is another one, or 304."""
    headers = OF_EVERYBODY | {"ETag": f'"{_digest_of(content)}"'}
    if is_known(request, headers["ETag"]):
        return not_modified(headers)
    return Response(content, media_type=media_type, headers=headers)
