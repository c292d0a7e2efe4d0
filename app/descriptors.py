"""File descriptors of the process: enough for all connections, and few words where there are none left."""

import asyncio
import resource
from typing import Any

from app.seldom import Seldom
from app.settings import SettingsError

CONNECTIONS_BEYOND = 64
"""Connections beyond the limit that are held open, so that each can be answered that it is one too many."""
DESCRIPTORS_BESIDE = 256
"""Descriptors for all that is no connection: database, workers, files."""
DESCRIPTORS_OF_A_LARGE_ONE = 2
"""Descriptors that a connection takes besides its own while a large body or answer is on its way, in a file."""

_ACCEPT_FAILED = "socket.accept() out of system resource"


def provide_descriptors(connections: int) -> None:
    """Let the process open files for so many connections. Raises SettingsError where the system does not let it."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        most = max(allowed, wanted(connections))
    beside = CONNECTIONS_BEYOND + DESCRIPTORS_BESIDE
    if most < connections + beside:
        raise SettingsError(
            f"FIT_MAX_CONNECTIONS: this process may open {most} files, enough for {max(most - beside, 0)} connections: "
            "lower the setting, or raise the limit (`ulimit -n`)"
        )
    if allowed < min(wanted(connections), most):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted(connections), most), most))


def wanted(connections: int) -> int:
    """Return the descriptors that are enough even if every connection has a large body or answer on its way."""
    return connections * (1 + DESCRIPTORS_OF_A_LARGE_ONE) + CONNECTIONS_BEYOND + DESCRIPTORS_BESIDE


class AcceptFailures:
    """Handler of an event loop's errors that tells once that connections can't be taken; asyncio logs each try."""

    def __init__(self) -> None:
        self._log = Seldom("no file descriptor is left for a further connection: it waits until another is closed")

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Handle an error that nobody else has handled."""
        if context["message"] == _ACCEPT_FAILED:
            self._log.tell()
        else:
            loop.default_exception_handler(context)
