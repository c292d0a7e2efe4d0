"""A receiver of webhooks on this machine, as a real HTTP server, which notes what it is sent."""

import ssl
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.helpers.running_service import free_port

LOOPBACK = "127.0.0.0/8"


@dataclass(frozen=True)
class Message:
    """A request that a receiver was sent."""

    path: str
    headers: dict[str, str]
    """By names in small letters."""
    body: bytes


class Receiver:
    """A server that answers with these statuses, one after another, and then with 204; it may come and go."""

    def __init__(
        self, *answers: int, headers: Iterable[tuple[str, str]] = (), tls: ssl.SSLContext | None = None
    ) -> None:
        self.port = free_port()
        self.messages: list[Message] = []
        self.answers, self._headers, self._tls = [*answers], [*headers], tls
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"{'http' if self._tls is None else 'https'}://localhost:{self.port}/fits"

    @property
    def ids(self) -> list[str]:
        return [message.headers["webhook-id"] for message in self.messages]

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                named = {name.lower(): value for name, value in self.headers.items()}
                receiver.messages.append(Message(self.path, named, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                for name, value in receiver._headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
