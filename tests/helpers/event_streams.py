"""Server-sent events as a browser reads them."""

import itertools
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.helpers.running_service import ENDED


@dataclass
class ServerSentEvent:
    """An event, or what stands between two blank lines besides events."""

    name: str | None = None
    id: str | None = None
    retry: int | None = None
    comments: list[str] = field(default_factory=list)
    data: Any = None


def events_of(lines: Iterable[str]) -> Iterator[ServerSentEvent]:
    """Yield what the lines of a stream say, block by block."""
    event = ServerSentEvent()
    for line in lines:
        name, _, value = line.partition(":")
        match name, value.removeprefix(" "):
            case "", "":
                yield event
                event = ServerSentEvent()
            case "", words:
                event.comments.append(words)
            case "event", words:
                event.name = words
            case "id", words:
                event.id = words
            case "retry", words:
                event.retry = int(words)
            case "data", words:
                event.data = json.loads(words)
            case _:
                raise AssertionError(f"a browser would not know what to do with {line!r}")


@contextmanager
def following(client: httpx.Client, path: str, **options: Any) -> Iterator[Iterator[ServerSentEvent]]:
    """Yield the events of a stream as they come, without what a browser keeps to itself."""
    with client.stream("GET", path, **options) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        yield (event for event in events_of(response.iter_lines()) if event.name is not None)


def told(client: httpx.Client, path: str, **options: Any) -> list[ServerSentEvent]:
    """Return all events of a stream, which ends by itself."""
    with following(client, path, **options) as events:
        return list(events)


def statuses_told(clients: Sequence[httpx.Client], fit_id: str) -> list[str]:
    """Follow a fit to its end at one service after another, whenever a stream breaks, and return each status told."""
    statuses: list[str] = []
    headers: dict[str, str] = {}
    for client in itertools.cycle(clients):
        # A service that is cut off from its database ends its streams too.
        with suppress(httpx.TransportError), client.stream("GET", f"/fit/{fit_id}/events", headers=headers) as response:
            for event in events_of(response.iter_lines()) if response.is_success else ():
                headers = headers if event.id is None else {"Last-Event-ID": event.id}
                if event.name is not None and statuses[-1:] != [event.data["status"]]:
                    statuses.append(event.data["status"])
        if statuses and statuses[-1] in ENDED:
            return statuses
        time.sleep(0.1)
    raise AssertionError("there is no service to follow it at")
