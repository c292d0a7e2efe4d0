"""Where the service is, by which key it is asked, and how often."""

import ipaddress
import os
import platform
from typing import Any

import httpx

from .exchanges import Service
from .sending import Retries
from .version import __version__

URL_VARIABLE, KEY_VARIABLE = "FITSERVICE_URL", "FITSERVICE_KEY"
"""Environment variables that say where the service is, and by which key it is asked."""
DEFAULT_URL = "http://127.0.0.1:8000"
TIMEOUT = httpx.Timeout(150, connect=10)
"""Seconds of silence after which a request is given up: the service may work on an answer for two minutes."""


class Connection:
    """A service, and how it is asked."""

    def __init__(self, url: str | None, key: str | None, retries: Retries) -> None:
        key = key or os.environ.get(KEY_VARIABLE)
        agent = f"fit-service-client/{__version__} python/{platform.python_version()} httpx/{httpx.__version__}"
        headers = {"User-Agent": agent} | ({} if key is None else {"Authorization": f"Bearer {key}"})
        address = (url or os.environ.get(URL_VARIABLE) or DEFAULT_URL).rstrip("/")
        if not address.startswith(("http://", "https://")):
            raise ValueError(f"{address} is no address of a service: it begins with http:// or https://")
        self.service = Service(address, headers)
        self.retries = retries

    def __repr__(self) -> str:
        """Return which service it asks; never the key."""
        return f"{type(self).__name__}({self.service.url!r})"


def settings_of_http(service: Service, timeout: Any) -> dict[str, Any]:
    """Return the settings of a client of httpx for a service."""
    # A proxy for the internet does not lead to the own machine.
    return {"timeout": timeout, "trust_env": not _is_of_this_machine(service.url)}


def _is_of_this_machine(url: str) -> bool:
    host = httpx.URL(url).host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
