"""Hosts and web pages that a service without keys answers, and those that it does not."""

import httpx
import pytest


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "192.168.0.7", "LOCALHOST"])
def test_numbers_and_localhost_are_answered(client: httpx.Client, host: str) -> None:
    assert client.get("/livez", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8000", "", "a@localhost:b"])
def test_another_name_is_refused(client: httpx.Client, host: str) -> None:
    assert client.get("/fit", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
    ],
)
def test_pages_of_other_origins_are_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        answer = client.request(method, "/fit", headers=headers)
        assert answer.json()["type"] == "/problems/cross-site-request"


def test_a_link_on_another_page_leads_to_a_page_of_ours(client: httpx.Client) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.get("/docs", headers=link).status_code == 200
    assert client.post("/fit", headers=link).status_code == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_page_and_the_user_are_answered(client: httpx.Client, site: str) -> None:
    assert client.get("/fit", headers={"Sec-Fetch-Site": site}).status_code == 200
