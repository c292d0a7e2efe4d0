"""The server: uvicorn with our application."""

import asyncio
import gc
import ipaddress
import logging
import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType
from typing import Any

import uvicorn
from sqlalchemy import make_url

from app.certificates import check_certificates
from app.descriptors import AcceptFailures, provide_descriptors
from app.jobs.store.database import UnusableDatabaseError, open_engine
from app.jobs.store.keys import KeyStore
from app.jobs.store.opening import check
from app.operations.logs import configuration, fields
from app.settings import Settings, SettingsError, read_settings, without_meaning

_BACKLOG = 2048
"""Connections that wait until the service has started; uvicorn's own number."""

logger = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """A server that ends waiting requests at SIGTERM, so that they do not hold up the stop."""

    failed = False
    """Whether it has stopped because workers that are lost would not come back."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], object] = lambda: None) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start everything, and tell the log what has started and where."""
        asyncio.get_running_loop().set_exception_handler(AcceptFailures())
        await super().startup(sockets)
        if self.started:
            app = self.config.app
            settings: Settings = app.state.services.settings  # type: ignore[union-attr]
            named = fields(
                version=app.version,  # type: ignore[union-attr]
                database=without_secrets(settings.database_url),
                workers=settings.workers,
                address=", ".join(_addresses(self)),
            )
            logger.info("started", extra=named)
            self._tell_started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End waiting requests and stop, because a signal has come."""
        services = getattr(self.config.app.state, "services", None)  # type: ignore[union-attr]
        if services is not None:
            services.events.close()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Tell whether to stop; uvicorn asks ten times a second."""
        if self.config.app.state.services.cluster.broken:  # type: ignore[union-attr]
            logger.critical("the cluster of the worker processes has ended, and so does the service: start it again")
            self.failed = True
            return True
        return await super().on_tick(counter)


def serve() -> None:
    """Read the settings and serve until a signal comes. What can't begin ends at once, with one line that says why."""
    for words in without_meaning(os.environ):
        print(f"settings: {words}", file=sys.stderr, flush=True)  # noqa: T201 - there is no log yet
    try:
        settings = read_settings(os.environ)
        provide_descriptors(settings.max_connections)
        if settings.scheduler:
            check_certificates(settings)
        sockets = listening(settings.host, settings.port)
        check(settings.database_url)
    except SettingsError as error:
        sys.exit(f"settings: {error}")
    except UnusableDatabaseError as error:
        sys.exit(f"database: {error}")
    if not settings.without_keys and not is_loopback(settings.host) and not _has_keys(settings.database_url):
        sys.exit(
            f"settings: FIT_HOST: on {settings.host} others can reach the service: make a key first with "
            "`fit-service keys make NAME`, or set FIT_WITHOUT_KEYS=true"
        )
    if not run(settings, sockets):
        sys.exit(1)


def run(settings: Settings, sockets: list[socket.socket], started: Callable[[], object] = lambda: None) -> bool:
    """Serve on sockets that listen until a signal comes; tell whether that was why it ended.

    `started` is called once requests are answered.
    """
    # What is loaded stays, and the garbage collector would look through it again and again. The application enables it.
    gc.disable()
    # What it loads takes seconds, which nobody waits for who has mistyped a setting.
    from app.connections import bounded  # noqa: PLC0415
    from app.main import create_app  # noqa: PLC0415

    proxies = settings.listed("trusted_proxies")
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        http=bounded(settings),
        log_config=configuration(settings.log_level, settings.log_format),
        access_log=False,
        timeout_graceful_shutdown=3,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
    )
    server = Server(config, started)
    server.run(sockets)
    return not server.failed


def listening(host: str, port: int) -> list[socket.socket]:
    """Return a socket that listens for each address of a host. Raises SettingsError if that is not possible."""
    with ExitStack() as opened:
        try:
            resolved = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
            )
            addresses = dict.fromkeys((family, address) for family, _, _, _, address in resolved)
            sockets = [_listening(opened, family, address) for family, address in addresses]
        except OSError as error:
            words = f"{host} port {port} can't be listened on: {error.strerror}"
            raise SettingsError(f"FIT_HOST, FIT_PORT: {words}") from None
        opened.pop_all()
        return sockets


def _listening(opened: ExitStack, family: socket.AddressFamily, address: tuple[Any, ...]) -> socket.socket:
    # asyncio sends small answers at once only through sockets that name their protocol.
    listener = opened.enter_context(socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.bind(address)
    # From now on no other service can have the address.
    listener.listen(_BACKLOG)
    return listener


def without_secrets(database_url: str) -> str:
    """Return the URL of a database without its password, and without options, which may hold one too."""
    return make_url(database_url).set(query={}).render_as_string(hide_password=True)


def _addresses(server: uvicorn.Server) -> list[str]:
    names = [listener.getsockname()[:2] for asyncio_server in server.servers for listener in asyncio_server.sockets]
    return [f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}" for host, port in names]


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches what listens on a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _has_keys(database_url: str) -> bool:
    engine = open_engine(database_url)
    try:
        return KeyStore(engine).any_made()
    finally:
        engine.dispose()
