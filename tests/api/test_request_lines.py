"""What the log tells of requests and fits, and the ids of requests."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.running_service import ENDLESS, RunningService

SMALL = {"target": {"points": 10}, "hyperparameters": {"steps": 5}}
PRIVATE = "a-label-that-nobody-else-may-read"


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(
        tmp_path_factory.mktemp("telling"),
        workers=1,
        log_level="debug",
        log_format="json",
        cors_origins="https://lab.example",
        max_body_bytes=1000,
    )
    yield running
    running.close()


def lines(service: RunningService, **wanted: object) -> list[dict[str, Any]]:
    """Return the lines of the log that have these fields."""
    documents = [json.loads(line) for line in service.log.splitlines() if line.endswith("}")]
    return [document for document in documents if wanted.items() <= document.items()]


def awaited(service: RunningService, **wanted: object) -> dict[str, Any]:
    """Return the one line of the log that has these fields, once it is there."""
    service.wait_until(lambda: lines(service, **wanted), f"a line with {wanted}")
    (line,) = lines(service, **wanted)
    return line


def test_the_start_is_told(telling: RunningService) -> None:
    line = awaited(telling, message="started")
    assert (line["workers"], line["address"]) == (1, f"http://127.0.0.1:{telling.port}")
    assert line["database"].endswith("fits.db")
    assert line["version"]


def test_a_request_is_a_line_with_its_id_and_that_of_its_fit(telling: RunningService) -> None:
    answer = telling.client.post("/fit", json=SMALL, headers={"X-Request-ID": "taken-1"})
    assert answer.headers["X-Request-ID"] == "taken-1"
    line = awaited(telling, message="request", request="taken-1")
    expected = {"level": "info", "method": "POST", "path": "/fit", "status": 202, "fit": answer.json()["id"]}
    assert expected.items() <= line.items()
    assert line["client"] == "127.0.0.1"
    assert line["ms"] > 0


@pytest.mark.parametrize("unusable", ["two words", "x" * 129, ""])
def test_an_id_that_is_no_line_s_is_replaced(telling: RunningService, unusable: str) -> None:
    made = telling.client.get("/losses", headers={"X-Request-ID": unusable}).headers["X-Request-ID"]
    assert made != unusable
    assert awaited(telling, message="request", request=made)["status"] == 200


@pytest.mark.parametrize(
    ("method", "path", "others", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("GET", "/fit/fit_0/curves", {"params": {"format": "csv"}}, 404),
        ("GET", "/fit", {"headers": {"Host": "evil.example"}}, 403),
        ("POST", "/fit", {"content": b"x" * 2000}, 413),
        ("GET", "/static/nothing", {}, 404),
        ("GET", "/static/swagger-ui/swagger-ui.css", {}, 200),
    ],
)
def test_every_answer_has_an_id_and_a_line(
    telling: RunningService, method: str, path: str, others: dict[str, Any], status: int
) -> None:
    answer = telling.client.request(method, path, **others)
    line = awaited(telling, message="request", request=answer.headers["X-Request-ID"])
    assert (line["status"], line["path"]) == (answer.status_code, path)
    assert answer.status_code in (status, 421)


def test_head_is_told_as_such(telling: RunningService) -> None:
    fit_id = telling.fitted(SMALL)["id"]
    telling.client.head(f"/fit/{fit_id}", headers={"X-Request-ID": "head-1"})
    line = awaited(telling, message="request", request="head-1")
    assert (line["method"], line["fit"]) == ("HEAD", fit_id)


def test_pages_of_an_allowed_origin_see_the_id(telling: RunningService) -> None:
    answer = telling.client.get("/losses", headers={"Origin": "https://lab.example"})
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]


def test_probes_are_quiet(telling: RunningService) -> None:
    telling.client.get("/livez", headers={"X-Request-ID": "probe-1"})
    assert awaited(telling, message="request", request="probe-1")["level"] == "debug"


def test_the_life_of_a_fit_is_told(telling: RunningService) -> None:
    fit_id = telling.fitted(SMALL)["id"]
    assert awaited(telling, message="fit accepted", fit=fit_id)["caller"] == "local"
    assert awaited(telling, message="fit begun", fit=fit_id)["attempt"] == 1
    ended = awaited(telling, message="fit ended", fit=fit_id)
    assert (ended["status"], ended["reason"]) == ("succeeded", "max_steps")
    assert ended["seconds"] >= 0


def test_a_fit_that_came_before_is_accepted_once(telling: RunningService) -> None:
    first, again = (telling.client.post("/fit", json=SMALL, headers={"Idempotency-Key": "k"}) for _ in range(2))
    fit_id = first.json()["id"]
    assert again.json()["id"] == fit_id
    awaited(telling, message="request", request=again.headers["X-Request-ID"])
    awaited(telling, message="fit accepted", fit=fit_id)


def test_fits_that_are_cancelled_end_once_whether_they_had_begun_or_not(telling: RunningService) -> None:
    running, queued = (telling.post(ENDLESS)["id"] for _ in range(2))
    telling.wait_until(lambda: telling.is_begun(running), "begin")
    for fit_id in (queued, running):
        telling.cancelled(fit_id)
        assert awaited(telling, message="fit ended", fit=fit_id)["reason"] == "cancelled"
    assert lines(telling, message="fit begun", fit=queued) == []


def test_neither_keys_nor_data_are_in_the_log(telling: RunningService) -> None:
    headers = {"Authorization": f"Bearer {PRIVATE}", "Cookie": f"fit_session={PRIVATE}", "Idempotency-Key": PRIVATE}
    body = SMALL | {"metadata": {"patient": PRIVATE}}
    answer = telling.client.post("/fit", json=body, headers=headers, params={"key": PRIVATE})
    telling.client.get("/fit", params={"metadata[patient]": PRIVATE})
    for path in (f"/{PRIVATE}", f"/fit/{PRIVATE}", f"/static/{PRIVATE}/x"):
        telling.client.get(path, headers={"X-Request-ID": "last"})
    awaited(telling, message="fit ended", fit=answer.json()["id"])
    telling.wait_until(lambda: len(lines(telling, message="request", request="last")) == 3, "their lines")
    assert {line["path"] for line in lines(telling, request="last")} == {"/*", "/fit/*", "/static/*/x"}
    assert PRIVATE not in telling.log
