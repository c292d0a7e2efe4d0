"""The server: uvicorn with our application."""

import os
import sys
from types import FrameType

import uvicorn
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.main import create_app
from app.settings import Settings, without_meaning


class Server(uvicorn.Server):
    """A server that ends waiting requests at SIGTERM, so that they do not hold up the stop."""

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
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level=settings.log_level,
        timeout_graceful_shutdown=3,
    )
    Server(config).run()


def _described(wrong: ErrorDetails) -> str:
    return ": ".join([*(f"FIT_{str(name).upper()}" for name in wrong["loc"]), wrong["msg"]])
