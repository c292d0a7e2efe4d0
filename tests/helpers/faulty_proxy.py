"""A proxy before the service that fails as networks and proxies do, as often as it is told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar, Literal

import httpx

from tests.helpers.waiting import PATIENCE

Fault = Literal["none", "lose the answer", "unavailable", "much later", "bad gateway"]

_ANSWERS: dict[str, tuple[int, dict[str, str]]] = {
    "unavailable": (503, {"Retry-After": "0"}),
    "much later": (503, {"Retry-After": "3600"}),
    "bad gateway": (502, {}),
}
_OF_THE_CONNECTION = ("connection", "content-encoding", "content-length", "transfer-encoding")
"""Headers of an answer that tell of its way to the proxy."""


class FaultyProxy(ThreadingHTTPServer):
    """Passes requests on; `faults` are what the next requests suffer, `hidden` is what no path may end with."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.faults: list[Fault] = []
        self.hidden: str | None = None
        self.passed: list[tuple[str, str]] = []
        """Methods and paths of the requests that the service got."""
        self.asked = 0

    @property
    def url(self) -> str:
        """Return the address of the proxy."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: FaultyProxy
    protocol_version: ClassVar[str] = "HTTP/1.1"

    def _handle(self) -> None:
        self.server.asked += 1
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.faults.pop(0) if self.server.faults else None
        hidden = self.server.hidden
        if fault in _ANSWERS:
            self._answer(_ANSWERS[fault][0], _ANSWERS[fault][1], b"<h1>Out of order</h1>")
            return
        if hidden is not None and self.path.partition("?")[0].endswith(hidden):
            self._answer(404, {}, b"")
            return
        self.server.passed.append((self.command, self.path))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        url = self.server.target + self.path
        answer = httpx.request(self.command, url, headers=headers, content=body, timeout=PATIENCE, trust_env=False)
        if fault == "lose the answer":
            self.close_connection = True
            return
        kept = {name: value for name, value in answer.headers.items() if name not in _OF_THE_CONNECTION}
        self._answer(answer.status_code, kept, answer.content)

    do_GET = do_POST = do_DELETE = _handle  # noqa: N815

    def _answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextmanager
def faulty_proxy(target: str) -> Iterator[FaultyProxy]:
    """Run a proxy before the service at an address."""
    proxy = FaultyProxy(target)
    thread = Thread(target=proxy.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
