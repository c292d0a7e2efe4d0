"""Keys, sessions and pages of other origins, at a running service whose keys are made and revoked beside it."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.helpers.event_streams import following
from tests.helpers.running_service import ENDLESS, RunningService

SINE = {"target": {"points": 10}, "hyperparameters": {"steps": 5}}
ASKED: dict[str, dict[str, Any]] = {"/predict": {}, "/inverse": {"y": [0]}, "/derive": {"quantities": {"q": "a"}}}
"""Questions about a fit that change nothing, with a body."""


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(
        tmp_path_factory.mktemp("secured"), workers=1, cors_origins="https://lab.example", trusted_proxies="127.0.0.1"
    )
    yield running
    running.close()


def command(service: RunningService, *arguments: str) -> str:
    environment = {"FIT_DATABASE_URL": f"sqlite:///{service.database}"}
    ended = subprocess.run(
        [sys.executable, "-m", "app", "keys", *arguments], env=environment, capture_output=True, text=True, check=True
    )
    return ended.stdout.strip()


@pytest.fixture(scope="module")
def keys(secured: RunningService) -> dict[str, dict[str, str]]:
    """Return the headers with the keys of two callers, and one that may only read."""
    secrets = {
        "ann": command(secured, "make", "ann"),
        "bob": command(secured, "make", "bob"),
        "reader": command(secured, "make", "ann", "--scope", "read"),
    }
    headers = {name: {"Authorization": f"Bearer {secret}"} for name, secret in secrets.items()}
    secured.wait_until(lambda: secured.client.get("/fit").status_code == 401, "keys are needed")
    return headers


@pytest.fixture
def ask(secured: RunningService, keys: dict[str, dict[str, str]]) -> Iterator[Callable[..., httpx.Response]]:
    """Send a request, by a key if one is named, without cookies of the tests before."""

    def ask(method: str, path: str, by: str | None = None, headers: Any = None, **others: Any) -> httpx.Response:
        return secured.client.request(method, path, headers=(keys[by] if by else {}) | (headers or {}), **others)

    yield ask
    secured.client.cookies.clear()


@pytest.fixture
def fit_of_ann(ask: Callable[..., httpx.Response]) -> str:
    answer = ask("POST", "/fit", "ann", json=SINE, headers={"Prefer": "wait=60"})
    assert answer.status_code == 200, answer.text
    fit_id: str = answer.json()["id"]
    return fit_id


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/docs",
        "/guide",
        "/guide/data",
        "/openapi.json",
        "/models",
        "/models/gaussian",
        "/problems",
        "/livez",
        "/readyz",
    ],
)
def test_what_says_nothing_of_fits_is_open(ask: Callable[..., httpx.Response], path: str) -> None:
    assert ask("GET", path).status_code in (200, 307)


@pytest.mark.parametrize("path", ["/fit", "/fit/fit_1", "/devices", "/nothing", "/docs/nothing"])
def test_everything_else_needs_a_key(ask: Callable[..., httpx.Response], path: str) -> None:
    answer = ask("GET", path)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_the_fits_of_a_caller_are_not_there_for_others(ask: Callable[..., httpx.Response], fit_of_ann: str) -> None:
    for path in ("", "/history", "/curves", "/data", "/export", "/events"):
        assert ask("GET", f"/fit/{fit_of_ann}{path}", "bob").status_code == 404, path
    for path, body in ASKED.items():
        assert ask("POST", f"/fit/{fit_of_ann}{path}", "bob", json=body).status_code == 404, path
    assert ask("POST", "/compare", "bob", json={"fits": [fit_of_ann, f"{fit_of_ann}1"]}).status_code == 404
    assert ask("POST", f"/fit/{fit_of_ann}/cancel", "bob").status_code == 404
    assert ask("DELETE", f"/fit/{fit_of_ann}", "bob").status_code == 404
    assert ask("GET", "/fit", "bob").json()["data"] == []
    assert ask("GET", f"/fit/{fit_of_ann}", "ann").json()["status"] == "succeeded"


def test_a_key_does_what_it_was_made_for(ask: Callable[..., httpx.Response], fit_of_ann: str) -> None:
    assert ask("GET", f"/fit/{fit_of_ann}", "reader").status_code == 200
    for path, body in ASKED.items():
        assert ask("POST", f"/fit/{fit_of_ann}{path}", "reader", json=body).status_code == 200, path
    assert ask("POST", "/compare", "reader", json={"fits": [fit_of_ann, "fit_0"]}).status_code == 404
    assert ask("POST", "/fit", "reader", json=SINE).json()["type"] == "/problems/scope-missing"
    assert ask("DELETE", f"/fit/{fit_of_ann}", "reader").status_code == 403
    assert ask("DELETE", f"/fit/{fit_of_ann}", "ann").status_code == 204


@pytest.mark.usefixtures("keys")
def test_a_revoked_key_is_refused_and_the_log_does_not_tell_it(secured: RunningService) -> None:
    secret = command(secured, "make", "carl")
    headers = {"Authorization": f"Bearer {secret}"}
    assert secured.client.get("/fit", headers=headers).status_code == 200
    number = command(secured, "list").splitlines()[-1].partition("\t")[0]
    command(secured, "revoke", number)
    secured.wait_until(lambda: secured.client.get("/fit", headers=headers).status_code == 401, "the key is refused")
    assert "a request from 127.0.0.1 was refused" in secured.log
    assert secret not in secured.log


@pytest.mark.usefixtures("keys")
def test_a_stream_ends_with_its_key(secured: RunningService) -> None:
    headers = {"Authorization": f"Bearer {command(secured, 'make', 'dora')}"}
    fit_id = secured.client.post("/fit", json=ENDLESS, headers=headers).json()["id"]
    number = command(secured, "list").splitlines()[-1].partition("\t")[0]
    with following(secured.client, f"/fit/{fit_id}/events", headers=headers) as events:
        assert not next(events).data["ended"]
        command(secured, "revoke", number)
        assert not any(event.data["ended"] for event in events)
    assert secured.client.get(f"/fit/{fit_id}/events", headers=headers).status_code == 401
    headers = {"Authorization": f"Bearer {command(secured, 'make', 'dora')}"}
    assert secured.client.post(f"/fit/{fit_id}/cancel", headers=headers).status_code == 200


def test_a_browser_follows_by_its_session(ask: Callable[..., httpx.Response], fit_of_ann: str) -> None:
    ask("POST", "/session", "ann")
    assert '"status":"succeeded"' in ask("GET", f"/fit/{fit_of_ann}/events").text


def test_of_two_callers_none_is_told_to_have_the_list_of_the_other(ask: Callable[..., httpx.Response]) -> None:
    tag = ask("GET", "/fit?status=failed", "ann").headers["ETag"]
    assert ask("GET", "/fit?status=failed", "ann", {"If-None-Match": tag}).status_code == 304
    assert ask("GET", "/fit?status=failed", "bob", {"If-None-Match": tag}).status_code == 200


def test_a_trusted_proxy_says_who_calls(secured: RunningService, ask: Callable[..., httpx.Response]) -> None:
    wrong = {"Authorization": "Bearer fsk_wrong", "X-Forwarded-For": "203.0.113.9"}
    assert ask("GET", "/fit", headers=wrong).status_code == 401
    assert "a request from 203.0.113.9 was refused" in secured.log
    assert "fsk_wrong" not in secured.log


def test_nobody_else_says_who_calls(service: RunningService) -> None:
    posted = service.client.post("/fit", json=SINE, headers={"X-Forwarded-For": "203.0.113.9"}).json()
    with closing(sqlite3.connect(service.database)) as connection:
        turn = connection.execute("SELECT turn FROM fits WHERE id = ?", (posted["id"],)).fetchone()[0]
    assert turn == "127.0.0.1"
    service.ended(posted["id"])


def test_a_session_does_what_its_key_does(ask: Callable[..., httpx.Response], secured: RunningService) -> None:
    cookie = ask("POST", "/session", "ann").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    own_page = {"Origin": f"http://127.0.0.1:{secured.port}"}
    assert ask("GET", "/fit").status_code == 200
    assert ask("POST", "/fit", json=SINE, headers=own_page).status_code == 202
    assert ask("POST", "/fit", json=SINE).json()["type"] == "/problems/cross-site-request"
    assert ask("DELETE", "/session", headers=own_page).status_code == 204
    assert ask("GET", "/fit").status_code == 401


def test_a_session_begins_with_a_key_only(ask: Callable[..., httpx.Response]) -> None:
    assert ask("POST", "/session").status_code == 401


def test_pages_of_an_allowed_origin_may_use_a_key(ask: Callable[..., httpx.Response]) -> None:
    page = {"Origin": "https://lab.example", "Sec-Fetch-Site": "cross-site"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    assert ask("OPTIONS", "/fit", headers=page | asked).status_code == 200
    answer = ask("GET", "/fit", "ann", headers=page)
    assert answer.headers["Access-Control-Allow-Origin"] == "https://lab.example"
    other = {"Origin": "https://other.example", "Sec-Fetch-Site": "cross-site"}
    assert ask("OPTIONS", "/fit", headers=other | asked).status_code == 403
