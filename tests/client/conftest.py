"""Clients of the service of the tests."""

from collections.abc import Iterator

import pytest
from fit_service_client import Client, Retries

from tests.helpers.faulty_proxy import FaultyProxy, faulty_proxy
from tests.helpers.running_service import RunningService

QUICK = Retries(count=3, first=0.01, longest=0.02)


@pytest.fixture
def url(service: RunningService) -> str:
    """Return the address of the service."""
    return f"http://127.0.0.1:{service.port}"


@pytest.fixture
def connected(url: str) -> Iterator[Client]:
    """Return a client of the service."""
    with Client(url) as client:
        yield client


@pytest.fixture
def proxy(url: str) -> Iterator[FaultyProxy]:
    """Return a proxy before the service, which fails as it is told to."""
    with faulty_proxy(url) as proxy:
        yield proxy


@pytest.fixture
def behind_proxy(proxy: FaultyProxy) -> Iterator[Client]:
    """Return a client that reaches the service through the proxy, and tries again at once."""
    with Client(proxy.url, retries=QUICK) as client:
        yield client
