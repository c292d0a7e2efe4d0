"""What happens over HTTP, said without doing it: an exchange yields what it wants done, and is sent what came of it.

So everything that the client does stands once, for the blocking and for the asynchronous client.
"""

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import httpx

T = TypeVar("T")


@dataclass(frozen=True)
class Service:
    """Where the service is, and what each request to it says of who asks."""

    url: str
    """Its address, without a slash at the end."""
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Request:
    """A request, which is answered by a Response; all that the client sends may be sent again."""

    method: str
    path: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Query parameters; those that are None are left out."""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None

    @classmethod
    def with_json(cls, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> "Request":
        """Return a POST of a JSON object, of which the fields that are None are left out."""
        given = {name: value for name, value in body.items() if value is not None}
        content = json.dumps(given, allow_nan=False).encode()
        return cls("POST", path, headers={"Content-Type": "application/json", **(headers or {})}, content=content)

    def built(self, http: httpx.Client | httpx.AsyncClient, service: Service) -> httpx.Request:
        """Return the request as a client of httpx sends it."""
        given = {name: value for name, value in self.parameters.items() if value is not None}
        url, headers = f"{service.url}{self.path}", {**service.headers, **self.headers}
        return http.build_request(self.method, url, params=given, headers=headers, content=self.content)


@dataclass(frozen=True)
class Response:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """Return the body, which is JSON."""
        return json.loads(self.content)

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.content.decode(errors="replace")


@dataclass(frozen=True)
class Opening:
    """The wish for a stream of events: answered by a Response, with status 200 and no content where events follow."""

    request: Request
    seconds: float
    """Longest silence that is taken for an open connection."""

    def built(self, http: httpx.Client | httpx.AsyncClient, service: Service) -> httpx.Request:
        """Return the request as a client of httpx sends it."""
        request = self.request.built(http, service)
        request.extensions["timeout"] |= {"read": self.seconds}
        return request


@dataclass(frozen=True)
class NextPiece:
    """The wish for the next bytes of the stream that was opened last; answered by none at its end."""


@dataclass(frozen=True)
class Pause:
    """The wish to do nothing for so many seconds."""

    seconds: float


Wish: TypeAlias = Request | Opening | NextPiece | Pause
Exchange: TypeAlias = Generator[Wish, Any, T]
"""Yields what is to be done and returns what came of it all. What fails is thrown into it."""
Pages: TypeAlias = Callable[[Any], Exchange[tuple[Sequence[T], Any]]]
"""Reads the page after a place, None at first: what is on it, and the place where it ends; None if it is the last."""
