"""The server: uvicorn with our application."""

import ipaddress
import logging
import os
import socket
import sys
from types import FrameType

import uvicorn
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy import make_url

from app.jobs.store.database import open_engine
from app.jobs.store.keys import KeyStore
from app.jobs.store.private_files import sqlite_file
from app.main import create_app
from app.operations.logs import configuration, fields
from app.settings import Settings, without_meaning

logger = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """A server that ends waiting requests at SIGTERM, so that they do not hold up the stop."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start everything, and tell the log what has started and where."""
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

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End waiting requests and stop, because a signal has come."""
        services = getattr(self.config.app.state, "services", None)  # type: ignore[union-attr]
        if services is not None:
            services.events.close()
        super().handle_exit(sig, frame)


def serve() -> None:
    """Read the settings and serve until a signal comes."""
    for words in without_meaning(os.environ):
        print(f"settings: {words}", file=sys.stderr, flush=True)  # noqa: T201 - there is no log yet
    try:
        settings = Settings()
    except ValidationError as error:
        sys.exit(f"settings: {'; '.join(map(_described, error.errors()))}")
    if not settings.without_keys and not is_loopback(settings.host) and not _has_keys(settings.database_url):
        sys.exit(
            f"settings: FIT_HOST: on {settings.host} others can reach the service: make a key first with "
            "`fit-service keys make NAME`, or set FIT_WITHOUT_KEYS=true"
        )
    proxies = settings.listed("trusted_proxies")
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=configuration(settings.log_level, settings.log_format),
        access_log=False,
        timeout_graceful_shutdown=3,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
    )
    Server(config).run()


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
    file = sqlite_file(database_url)
    if file is not None and not file.exists():
        return False
    engine = open_engine(database_url)
    try:
        return KeyStore(engine).any_made()
    finally:
        engine.dispose()


def _described(wrong: ErrorDetails) -> str:
    return ": ".join([*(f"FIT_{str(name).upper()}" for name in wrong["loc"]), wrong["msg"]])
