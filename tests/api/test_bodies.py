"""Large bodies and answers: while one is read or written, the service answers everybody else."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.api.bodies import LARGE_BODY_BYTES
from tests.helpers.running_service import RunningService
from tests.helpers.waiting import PATIENCE, wait_until

NUMBERS = 500_000
POINTS = 40_000
LINE = {"target": {"x": list(range(POINTS)), "y": [3 * x + 1 for x in range(POINTS)]}, "model": "a + b * x"}


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("bodies"), workers=1, max_bytes_in_flight=2**25)
    yield running
    running.close()


@pytest.fixture(scope="module")
def line(large: RunningService) -> dict[str, Any]:
    """Return a fit of a large body, which has ended."""
    assert len(json.dumps(LINE)) > LARGE_BODY_BYTES
    return large.fitted(LINE)


def post(client: httpx.Client, body: bytes) -> httpx.Response:
    return client.post("/fit", content=body, headers={"Content-Type": "application/json"})


def lists(last: str) -> bytes:
    numbers = ",".join(["0.12345678"] * NUMBERS)
    return f'{{"target": {{"x": [{numbers}], "y": [{numbers}, {last}]}}, "model": "a + b * x"}}'.encode()


def test_a_large_body_is_fitted_as_a_small_one_is(line: dict[str, Any]) -> None:
    assert line["status"] == "succeeded"
    assert line["result"]["coefficients"] == pytest.approx({"a": 1, "b": 3})


def test_a_large_body_with_the_same_key_is_the_same_fit(large: RunningService) -> None:
    headers = {"Idempotency-Key": "large"}
    first, second = (large.client.post("/fit", json=LINE, headers=headers).json()["id"] for _ in range(2))
    assert first == second


def test_a_large_upload_is_fitted(large: RunningService) -> None:
    rows = "".join(f"{x},{3 * x + 1}\n" for x in range(POINTS))
    fit = {"target": {"x": "dose", "y": "response"}, "model": "a + b * x"}
    files = {"fit": (None, json.dumps(fit), "application/json"), "data": ("data.csv", "dose,response\n" + rows)}
    accepted = large.client.post("/fit", files=files)
    assert large.ended(accepted.json()["id"])["result"]["coefficients"] == pytest.approx({"a": 1, "b": 3})


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"model": "a + b *"}, "#/model"), ({"confidence": {"level": 2}}, "#/confidence/level")],
    ids=["formula", "range"],
)
def test_what_is_wrong_with_a_large_body_is_told_as_of_a_small_one(
    large: RunningService, change: dict[str, Any], pointer: str
) -> None:
    problem = large.client.post("/fit", json=LINE | change).json()
    small = large.client.post("/fit", json={**LINE, "target": {"x": [1, 2], "y": [1, 2]}} | change).json()
    assert problem == small
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_a_large_body_of_another_kind_is_refused(large: RunningService) -> None:
    response = large.client.post("/fit", content=b" " * (LARGE_BODY_BYTES + 1), headers={"Content-Type": "text/csv"})
    assert (response.status_code, response.json()["type"]) == (415, "/problems/unsupported-media-type")


@pytest.mark.parametrize(
    "body",
    [
        lambda: lists("null"),
        lambda: lists('"text"'),
        lambda: lists("1"),
        lambda: b'{"target": {"x": [1], "y": [' + b"null," * 1_000_000 + b"null]}}",
        lambda: b'{"target": {"x": [1], "y": [' + b"[1,2]," * 900_000 + b"[1]]}}",
        lambda: b'{"model": "' + b"x" * 10_000_000 + b'"}',
    ],
    ids=["null", "text", "lengths", "nulls", "lists", "long text"],
)
def test_others_are_answered_while_a_large_body_is_judged(large: RunningService, body: Callable[[], bytes]) -> None:
    content = body()
    with ThreadPoolExecutor(1) as pool, httpx.Client(base_url=large.client.base_url, timeout=PATIENCE) as other:
        answer = pool.submit(post, other, content)
        answers = 0
        while not answer.done():
            answers += large.client.get("/livez").status_code == 200
    assert answer.result().status_code == 422, answer.result().text
    # Held up, the service would answer the first of them after the body.
    assert answers > 10


@pytest.mark.usefixtures("line")
def test_who_goes_ends_the_work_on_its_body(large: RunningService) -> None:
    before = large.calculation_processes
    # Its body is sent, but the answer takes much longer than this.
    slow = httpx.Timeout(PATIENCE, read=0.001)
    with httpx.Client(base_url=large.client.base_url, timeout=slow) as other, pytest.raises(httpx.ReadTimeout):
        post(other, lists("null"))
    wait_until(lambda: not all(process.is_running() for process in before), lambda: "the process ended")


def test_more_in_flight_than_may_be_is_refused_until_there_is_room(large: RunningService) -> None:
    refused = post(large.client, b" " * (2**25 + 1))
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/too-much-in-flight")
    assert int(refused.headers["Retry-After"]) > 0
    assert large.client.post("/fit", json=LINE).status_code == 202


@pytest.mark.parametrize("file_format", ["json", "csv", "arrow", "parquet"])
def test_large_data_come_as_they_were_posted(large: RunningService, line: dict[str, Any], file_format: str) -> None:
    answer = large.client.get(f"/fit/{line['id']}/data", params={"format": file_format})
    assert int(answer.headers["Content-Length"]) == len(answer.content) > POINTS
    if file_format == "json":
        assert answer.json()["y"] == LINE["target"]["y"]


def test_large_predictions_are_worked_out(large: RunningService, line: dict[str, Any]) -> None:
    own = large.client.post(f"/fit/{line['id']}/predict", json={}).json()
    asked = large.client.post(f"/fit/{line['id']}/predict", json={"x": LINE["target"]["x"]}).json()
    assert own["values"] == asked["values"] == pytest.approx(LINE["target"]["y"])


def test_what_is_wrong_with_large_points_is_told(large: RunningService, line: dict[str, Any]) -> None:
    body = {"x": [1] * 200_000, "curve": 3}
    problem = large.client.post(f"/fit/{line['id']}/predict", json=body).json()
    assert [error["pointer"] for error in problem["errors"]] == ["#/curve"]


def test_files_of_requests_are_gone_with_them(large: RunningService, line: dict[str, Any]) -> None:
    assert large.client.get(f"/fit/{line['id']}/data").status_code == 200
    wait_until(lambda: not large.spooled, lambda: f"gone: {large.spooled}")
