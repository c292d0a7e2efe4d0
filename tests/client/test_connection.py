"""A client knows where its service is, and by which key it asks."""

import pytest
from fit_service_client import Client

from tests.helpers.running_service import RunningService


def test_address_and_key_come_from_the_environment_where_they_are_left_out(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("FITSERVICE_URL", f"{url}/")
    monkeypatch.setenv("FITSERVICE_KEY", "fsk_secret")
    with Client() as client:
        assert client.service.url == url
        assert client.service.headers["Authorization"] == "Bearer fsk_secret"
        assert "secret" not in repr(client)


def test_an_address_without_http_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with http"):
        Client("localhost:8000")


def test_a_client_of_httpx_of_ones_own_is_used_and_stays_open(service: RunningService) -> None:
    with Client(str(service.client.base_url), http=service.client) as client:
        assert client.models()["data"]
    assert not service.client.is_closed
