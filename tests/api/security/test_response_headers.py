"""What the headers of answers tell browsers."""

import httpx
import pytest


@pytest.mark.parametrize("path", ["/fit", "/docs", "/nothing", "/static/favicon.svg"])
def test_every_answer_is_protected(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Server" not in headers


def test_data_are_not_stored_by_browsers(client: httpx.Client) -> None:
    assert client.get("/fit").headers["Cache-Control"] == "no-store"
    assert "Cache-Control" not in client.get("/static/favicon.svg").headers


def test_only_the_docs_run_scripts_and_no_others_than_their_own(client: httpx.Client) -> None:
    assert "script-src" not in client.get("/problems").headers["Content-Security-Policy"]
    policy = client.get("/docs").headers["Content-Security-Policy"]
    assert "script-src 'self' 'sha256-" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2]
