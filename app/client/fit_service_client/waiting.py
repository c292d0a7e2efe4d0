"""Waiting for the end of a fit: by a stream of events, or by asking again and again where there is none."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx

from .documents import has_ended
from .errors import WaitTimeoutError
from .exchanges import Exchange, NextPiece, Opening, Pause, Request, Response
from .progress import Show
from .sending import Retries, send

_SILENCE_SECONDS = 60
"""A stream that says nothing for so long is taken for broken: the service says something more often."""
_STREAMS = 5
"""How often a stream is opened in vain before the fit is asked for again and again."""
_MORE_PATIENT = 4
"""How many times as often as others a question for the end is tried again."""
_HELD_SECONDS = 20
"""How long the service may hold a question until it has an answer."""
_PAUSE_SECONDS = (0.1, 2.0)
"""Shortest and longest pause between two questions that are not held."""


class Deadline:
    """The time until which it is waited."""

    def __init__(self, fit_id: str, seconds: float | None) -> None:
        self._fit_id, self._seconds = fit_id, seconds
        self._end = None if seconds is None else time.monotonic() + seconds

    def left(self, most: float) -> float:
        """Return the seconds that are left, at most so many. Raises WaitTimeoutError if there are none."""
        if self._end is None:
            return most
        left = self._end - time.monotonic()
        if left <= 0:
            raise WaitTimeoutError(f"{self._fit_id} has not ended in {self._seconds:g} s; it goes on")
        return min(left, most)


def until_end(fit_id: str, retries: Retries, timeout: float | None, show: Show | None) -> Exchange[None]:
    """Wait until a fit has ended. Raises WaitTimeoutError after `timeout` seconds."""
    deadline = Deadline(fit_id, timeout)
    if not (yield from _streamed(fit_id, deadline, show)):
        # Whoever waits for hours waits through a restart of the service too.
        patient = replace(retries, count=_MORE_PATIENT * retries.count)
        yield from _asked(fit_id, patient, deadline, show)


def _streamed(fit_id: str, deadline: Deadline, show: Show | None) -> Exchange[bool]:
    """Listen to the events of a fit; return whether its end was among them."""
    events, attempt = Events(), 0
    while attempt < _STREAMS:
        if attempt:
            yield Pause(deadline.left(0.5 * attempt))
        attempt += 1
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": events.last_id} if events.last_id else {})
        request = Request("GET", f"/fit/{fit_id}/events", headers=headers)
        try:
            opened: Response = yield Opening(request, deadline.left(_SILENCE_SECONDS))
            if opened.status != 200 or opened.content:
                return False
            while piece := (yield NextPiece()):
                for name, snapshot in events.read(piece):
                    if name != "snapshot":
                        return False
                    if show is not None:
                        show(snapshot["progress"])
                    if snapshot["ended"]:
                        return True
                    attempt = 1
                deadline.left(0)
        except httpx.TransportError:
            continue
    return False


def _asked(fit_id: str, retries: Retries, deadline: Deadline, show: Show | None) -> Exchange[None]:
    """Ask again and again whether a fit has ended."""
    pause, longest = _PAUSE_SECONDS
    tag: dict[str, str] = {}
    while True:
        held = int(deadline.left(_HELD_SECONDS))
        begun = time.monotonic()
        request = Request("GET", f"/fit/{fit_id}", headers={"Prefer": f"return=minimal, wait={held}", **tag})
        answer = yield from send(request, retries)
        if answer.status == 200:
            fit = answer.json()
            if show is not None:
                show(fit["progress"])
            if has_ended(fit):
                return
            tag = {"If-None-Match": answer.headers["ETag"]} if "ETag" in answer.headers else {}
        if time.monotonic() - begun < pause:
            yield Pause(deadline.left(pause))
            pause = min(1.5 * pause, longest)


class Events:
    """The events of a stream, as they come in pieces (the HTML standard, server-sent events)."""

    def __init__(self) -> None:
        self.last_id = ""
        self._rest = b""

    def read(self, piece: bytes) -> Iterator[tuple[str, Any]]:
        """Yield name and data of the events that are whole with this piece."""
        *events, self._rest = (self._rest + piece).replace(b"\r\n", b"\n").split(b"\n\n")
        for event in events:
            fields = [line.partition(":") for line in event.decode().split("\n")]
            told = [(name, value.removeprefix(" ")) for name, _, value in fields]
            self.last_id = next((value for name, value in told if name == "id"), self.last_id)
            data = "\n".join(value for name, value in told if name == "data")
            if data:
                yield next((value for name, value in told if name == "event"), "message"), json.loads(data)
