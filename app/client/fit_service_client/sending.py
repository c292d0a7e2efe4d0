"""A request until it is answered: what the network or the service could not do just now is tried again."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from .errors import ProblemError, ServiceUnreachableError
from .exchanges import Exchange, Pause, Request, Response
from .problems import PROBLEMS

_TRIED_AGAIN = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


@dataclass(frozen=True)
class Retries:
    """How often a request is tried again, and when."""

    count: int = 5
    """Most times that it is tried again."""
    first: float = 0.25
    """Seconds before the first; each time it is twice as long, and chance takes off up to a half."""
    longest: float = 8
    """Most seconds in between."""
    most_asked_for: float = 60
    """Most seconds that the service may ask to wait (`Retry-After`): where it asks for more, its answer is an error."""

    def seconds(self, attempt: int, headers: Mapping[str, str] | None = None) -> float | None:
        """Return how long to wait after an attempt, from 0; None: there is no other."""
        if attempt >= self.count:
            return None
        asked = (headers or {}).get("Retry-After", "")
        if asked.isdecimal():
            return float(asked) if float(asked) <= self.most_asked_for else None
        # Clients that failed together must not come back together.
        return float(min(self.first * 2**attempt, self.longest) * random.uniform(0.5, 1))  # noqa: S311


def send(request: Request, retries: Retries) -> Exchange[Response]:
    """Return the answer to a request, which is no error.

    Raises ServiceUnreachableError where the service could not be reached, and ProblemError for an answer that is an
    error. Each request of the client may be sent again: a POST of a fit has a key by which the service knows it, and
    the others change nothing that a second one would change again.
    """
    attempt = 0
    while True:
        try:
            response: Response = yield request
        except httpx.TransportError as error:
            seconds = retries.seconds(attempt)
            if seconds is None:
                address = error.request.url.copy_with(query=None)
                raise ServiceUnreachableError(f"{address} does not answer: {error or type(error).__name__}") from error
        else:
            if response.status < HTTPStatus.MULTIPLE_CHOICES or response.status == HTTPStatus.NOT_MODIFIED:
                return response
            again = response.status in _TRIED_AGAIN
            seconds = retries.seconds(attempt, response.headers) if again else None
            if seconds is None:
                raise problem_of(response)
        yield Pause(seconds)
        attempt += 1


def problem_of(response: Response) -> ProblemError:
    """Return the problem that an answer tells."""
    request_id = response.headers.get("X-Request-ID")
    if response.headers.get("Content-Type", "").startswith("application/problem+json"):
        document = response.json()
        return PROBLEMS.get(document["type"], ProblemError)(document, request_id)
    # It comes from something before the service, such as a proxy.
    known = response.status in {status.value for status in HTTPStatus}
    title = f"{response.status} {HTTPStatus(response.status).phrase if known else 'Unknown'}"
    detail = response.text[:500] or "the answer is empty"
    return ProblemError({"status": response.status, "title": title, "detail": detail}, request_id)
