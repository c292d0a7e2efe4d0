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


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/fit", "no-cache, private"),
        ("/models", "no-cache"),
        ("/static/favicon.svg", "no-cache"),
        ("/devices", "no-store"),
        ("/fit/fit_0", "no-store"),
    ],
)
def test_browsers_keep_only_what_they_ask_for_anew(client: httpx.Client, path: str, kept: str) -> None:
    assert client.get(path).headers["Cache-Control"] == kept


def test_only_pages_run_scripts_and_none_that_stand_in_them(client: httpx.Client) -> None:
    assert "script-src" not in client.get("/problems").headers["Content-Security-Policy"]
    policy = client.get("/docs").headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2]
