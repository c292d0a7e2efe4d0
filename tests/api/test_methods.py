"""HEAD where GET works, and the methods of an address."""

import httpx
import pytest

from tests.helpers.running_service import RunningService


@pytest.mark.parametrize(
    "path", ["/fit", "/livez", "/docs", "/openapi.json", "/models", "/models/gaussian", "/problems"]
)
def test_head_answers_as_get_does_without_a_body(client: httpx.Client, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


def test_head_of_a_fit_and_of_what_belongs_to_it(service: RunningService) -> None:
    fit = service.fitted({"target": {"x": [1, 2, 3], "y": [2, 4, 6]}, "model": "a * x"})
    for name in ("self", "history", "data", "export"):
        assert service.client.head(fit["urls"][name]).status_code == 200, name


def test_head_of_what_is_not_there(service: RunningService) -> None:
    with httpx.Client(base_url=service.client.base_url) as client:
        assert client.head("/fit/fit_0").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/fit/fit_0", "DELETE, GET, HEAD"),
        ("PATCH", "/fit", "GET, HEAD, POST"),
        ("GET", "/fit/fit_0/cancel", "POST"),
        ("GET", "/session", "DELETE, POST"),
        ("POST", "/docs", "GET, HEAD"),
    ],
)
def test_what_an_address_allows(client: httpx.Client, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)
    assert response.status_code == 405
    assert response.headers["Allow"] == allowed
