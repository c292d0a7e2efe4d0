"""Links by which others read a fit: what they open, and above all what they do not."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.api.security.link_tokens import opens, taken_from_query
from tests.helpers.event_streams import following
from tests.helpers.running_service import ENDLESS, RunningService

SINE = {"target": {"points": 10}, "hyperparameters": {"steps": 5}}
ASKED: dict[str, dict[str, Any]] = {"predict": {}, "inverse": {"y": [0]}, "derive": {"quantities": {"q": "a"}}}
READ = ("", "/history", "/data", "/export", "/events", "/view", "/plot.svg", "/loss.svg")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("shared"), workers=1, log_level="info")
    yield running
    running.close()


@pytest.fixture(scope="module")
def key(secured: RunningService) -> dict[str, str]:
    """Return the headers with a key, which is needed from then on."""
    command = [sys.executable, "-m", "app", "keys", "make", "ann"]
    environment = {"FIT_DATABASE_URL": f"sqlite:///{secured.database}"}
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    secured.wait_until(lambda: secured.client.get("/fit").status_code == 401, "a key is needed")
    return {"Authorization": f"Bearer {made.stdout.strip()}"}


@pytest.fixture(scope="module")
def fits(secured: RunningService, key: dict[str, str]) -> tuple[str, str]:
    """Return the ids of two fits: of the first there is a link."""
    data = {"target": {"x": [0, 1, 2, 3], "y": [1, 2.9, 5.1, 7]}, "model": "a + b*x"}
    posted = [secured.client.post("/fit", json=data, headers=key | {"Prefer": "wait=60"}).json() for _ in range(2)]
    assert [fit["status"] for fit in posted] == ["succeeded"] * 2
    return posted[0]["id"], posted[1]["id"]


@pytest.fixture(scope="module")
def link(secured: RunningService, key: dict[str, str], fits: tuple[str, str]) -> dict[str, Any]:
    answer = secured.client.post(f"/fit/{fits[0]}/links", json={"days": 7}, headers=key)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


Ask = Callable[..., httpx.Response]


@pytest.fixture(params=["query", "header"])
def ask(secured: RunningService, link: dict[str, Any], request: pytest.FixtureRequest) -> Ask:
    """Send a request with nothing but the token of the link."""

    def ask(method: str, path: str, **others: Any) -> httpx.Response:
        if request.param == "header":
            headers = {"Authorization": f"Bearer {link['token']}"}
            return secured.client.request(method, path, headers=headers, **others)
        mark = "&" if "?" in path else "?"
        return secured.client.request(method, f"{path}{mark}link={link['token']}", **others)

    return ask


def test_a_link_is_told_with_its_token_once(
    secured: RunningService, key: dict[str, str], fits: tuple[str, str], link: dict[str, Any]
) -> None:
    assert link["url"] == f"/#/fit/{fits[0]}?link={link['token']}"
    (listed,) = secured.client.get(f"/fit/{fits[0]}/links", headers=key).json()["data"]
    assert listed == {name: link[name] for name in ("number", "created_at", "ends_at")}


@pytest.mark.parametrize("below", READ)
def test_it_reads_its_fit(ask: Ask, fits: tuple[str, str], below: str) -> None:
    assert ask("GET", f"/fit/{fits[0]}{below}").status_code == 200
    assert ask("HEAD", f"/fit/{fits[0]}{below}").status_code == 200


@pytest.mark.parametrize("below", ASKED)
def test_it_asks_the_model(ask: Ask, fits: tuple[str, str], below: str) -> None:
    assert ask("POST", f"/fit/{fits[0]}/{below}", json=ASKED[below]).status_code == 200


def test_it_follows_its_fit_in_the_stream_of_several(ask: Ask, fits: tuple[str, str]) -> None:
    assert ask("GET", f"/events?fit={fits[0]}").status_code == 200
    assert ask("GET", f"/events?fit={fits[0]}&fit={fits[1]}").status_code == 401
    assert ask("GET", "/events").status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", f"/fit/OTHER{below}") for below in READ),
        *(("POST", f"/fit/OTHER/{below}") for below in ASKED),
        ("GET", "/fit"),
        ("POST", "/fit"),
        ("POST", "/compare"),
        ("POST", "/check"),
        ("POST", "/evaluate"),
        ("POST", "/read"),
        ("GET", "/devices"),
        ("POST", "/session"),
        ("POST", "/fit/OWN/cancel"),
        ("DELETE", "/fit/OWN"),
        ("GET", "/fit/OWN/links"),
        ("POST", "/fit/OWN/links"),
        ("DELETE", "/fit/OWN/links/1"),
        ("GET", "/fit/OWN/links/1"),
        ("PUT", "/fit/OWN"),
        ("POST", "/fit/OWN"),
        ("GET", "/fit/OWNOTHER"),
        ("GET", "/fit/OWN/../OTHER"),
        ("GET", "/fit/OWN%2f..%2fOTHER"),
        ("GET", "/FIT/OWN"),
        ("GET", "//fit/OWN"),
    ],
)
def test_it_opens_nothing_else(ask: Ask, fits: tuple[str, str], method: str, path: str) -> None:
    answer = ask(method, path.replace("OWN", fits[0]).replace("OTHER", fits[1]))
    assert answer.status_code == 401, answer.text
    assert answer.json()["type"] == "/problems/key-needed"


def test_it_does_not_show_another_fit_beside_its_own(ask: Ask, fits: tuple[str, str]) -> None:
    answer = ask("GET", f"/fit/{fits[0]}/loss.svg?with={fits[1]}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/fit-not-found")


def test_beside_a_key_it_does_not_matter(
    secured: RunningService, key: dict[str, str], fits: tuple[str, str], link: dict[str, Any]
) -> None:
    """Who has a key and opens a link that somebody shared still does what the key allows."""
    for token in (link["token"], "fsl_wrong"):
        assert secured.client.get(f"/fit?link={token}", headers=key).status_code == 200
        assert secured.client.get(f"/fit/{fits[1]}?link={token}", headers=key).status_code == 200


def test_a_wrong_token_is_refused_and_in_no_line_of_the_log(secured: RunningService, fits: tuple[str, str]) -> None:
    assert secured.client.get(f"/fit/{fits[0]}?link=fsl_wrong").status_code == 401
    assert secured.client.get(f"/fit/{fits[0]}?link=").status_code == 401
    assert "its key, session or link is not good" in secured.log
    assert "fsl_" not in secured.log


def test_a_revoked_link_opens_nothing_and_ends_who_follows(secured: RunningService, key: dict[str, str]) -> None:
    fit_id = secured.client.post("/fit", json=ENDLESS, headers=key).json()["id"]
    link = secured.client.post(f"/fit/{fit_id}/links", headers=key).json()
    address = f"/fit/{fit_id}/events?link={link['token']}"
    with following(secured.client, address) as events:
        assert not next(events).data["ended"]
        revoked = secured.client.delete(f"/fit/{fit_id}/links/{link['number']}", headers=key)
        assert revoked.status_code == 204
        assert not any(event.data["ended"] for event in events)
    assert secured.client.get(address).status_code == 401
    assert secured.client.get(f"/fit/{fit_id}/links", headers=key).json()["data"] == []
    again = secured.client.delete(f"/fit/{fit_id}/links/{link['number']}", headers=key)
    assert (again.status_code, again.json()["type"]) == (404, "/problems/link-not-found")
    assert secured.client.post(f"/fit/{fit_id}/cancel", headers=key).status_code == 200


def test_an_answer_by_a_link_sends_no_referrer(ask: Ask, fits: tuple[str, str]) -> None:
    assert ask("GET", f"/fit/{fits[0]}").headers["Referrer-Policy"] == "no-referrer"


def test_without_keys_links_are_made_and_do_no_harm(service: RunningService) -> None:
    fit_id = service.fitted(SINE)["id"]
    link = service.client.post(f"/fit/{fit_id}/links").json()
    assert service.client.get(f"/fit/{fit_id}?link={link['token']}").json()["id"] == fit_id
    assert service.client.get("/fit?limit=1&link=fsl_wrong").status_code == 200
    assert service.client.delete(f"/fit/{fit_id}/links/{link['number']}").status_code == 204


@pytest.mark.parametrize("days", [0, 367, "30", 1.5])
def test_a_link_ends_within_a_year(service: RunningService, days: Any) -> None:
    fit_id = service.fitted(SINE)["id"]
    answer = service.client.post(f"/fit/{fit_id}/links", json={"days": days})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/days")


def test_a_fit_that_is_not_there_has_no_links(service: RunningService) -> None:
    assert service.client.post("/fit/fit_0/links").status_code == 404
    assert service.client.get("/fit/fit_0/links").status_code == 404


@pytest.mark.parametrize(
    ("query", "token", "left"),
    [
        (b"link=fsl_a", "fsl_a", b""),
        (b"a=1&link=fsl_a&b=link", "fsl_a", b"a=1&b=link"),
        (b"link=fsl_a&link=fsl_b", "fsl_a", b""),
        (b"link=fsl_%61", "fsl_a", b""),
        (b"link", None, b""),
        (b"links=1", None, b"links=1"),
        (b"", None, b""),
    ],
)
def test_a_token_is_taken_out_of_the_query(query: bytes, token: str | None, left: bytes) -> None:
    scope = {"type": "http", "query_string": query}
    assert (taken_from_query(scope), scope["query_string"]) == (token, left)


def test_of_an_address_that_is_not_known_nothing_is_open() -> None:
    assert opens("GET", "/fit/fit_1/plot.svg", b"", "fit_1")
    assert not opens("POST", "/fit/fit_1/anything", b"", "fit_1")
    assert not opens("GET", "/fit/fit_1/deliveries", b"", "fit_1")
    assert not opens("PATCH", "/fit/fit_1/predict", b"", "fit_1")
    assert not opens("POST", "/fit/fit_1/curves/predict", b"", "fit_1")
