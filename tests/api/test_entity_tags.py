"""Whoever polls gets again only what has changed."""

import httpx
import pytest

from tests.helpers.running_service import ENDLESS, RunningService

SHORT = {"target": {"x": [0, 1, 2], "y": [0, 1, 2]}, "model": "a + b * x", "metadata": {"plate": "tags"}}


def again(client: httpx.Client, path: str, tag: str, **headers: str) -> httpx.Response:
    return client.get(path, headers={"If-None-Match": tag} | headers)


@pytest.fixture(scope="module")
def ended(service: RunningService) -> str:
    """Return the id of a fit that has ended."""
    fit_id: str = service.fitted(SHORT)["id"]
    return fit_id


@pytest.mark.parametrize(
    "path",
    [
        "/fit/{}",
        "/fit?metadata[plate]=tags",
        "/fit/{}/history",
        "/fit/{}/history?format=csv",
        "/fit/{}/curves",
        "/fit/{}/data",
        "/models",
        "/models/gaussian",
        "/optimizers",
        "/losses",
        "/functions",
        "/openapi.json",
        "/static/favicon.svg",
    ],
)
def test_what_has_not_changed_is_not_sent_again(client: httpx.Client, ended: str, path: str) -> None:
    first = client.get(path.format(ended))
    second = again(client, path.format(ended), first.headers["ETag"])
    assert (first.status_code, second.status_code, second.content) == (200, 304, b"")
    for name in ("ETag", "Cache-Control"):
        assert second.headers[name] == first.headers[name]


@pytest.mark.parametrize("path", ["/fit/{}", "/fit?limit=1", "/fit/{}/history"])
def test_what_has_changed_is_sent_again(service: RunningService, path: str) -> None:
    fit_id = service.post(ENDLESS)["id"]
    service.wait_for_step(fit_id, 1)
    first = service.client.get(path.format(fit_id))
    service.wait_for_step(fit_id, service.get(fit_id)["progress"]["step"] + 1)
    second = again(service.client, path.format(fit_id), first.headers["ETag"])
    service.cancelled(fit_id)
    third = again(service.client, path.format(fit_id), second.headers["ETag"])
    assert [first.status_code, second.status_code, third.status_code] == [200] * 3
    assert len({answer.content for answer in (first, second, third)}) == 3


def test_each_answer_about_a_fit_has_a_tag_of_its_own(client: httpx.Client, ended: str) -> None:
    path = f"/fit/{ended}"
    answers = [
        client.get(path),
        client.get(path, headers={"Prefer": "return=minimal"}),
        client.get(f"{path}/history"),
        client.get(f"{path}/history?max_points=2"),
        client.get(f"{path}/history?format=csv"),
    ]
    assert len({answer.headers["ETag"] for answer in answers}) == len(answers)
    assert answers[0].headers["Vary"] == "Prefer"
    assert again(client, path, answers[1].headers["ETag"]).status_code == 200
    assert again(client, path, answers[1].headers["ETag"], Prefer="return=minimal").status_code == 304


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ("{}", 304),
        ("W/{}", 304),
        ('"other", W/"weak,", {}', 304),
        ("*", 304),
        ('"other"', 200),
        ("", 200),
        ("{}x", 304),
        ("x", 200),
        ('"', 200),
    ],
)
def test_tags_are_compared_as_http_says(client: httpx.Client, known: str, status: int) -> None:
    tag = client.get("/models").headers["ETag"]
    assert again(client, "/models", known.format(tag)).status_code == status


def test_what_is_worked_out_by_post_has_no_tag(client: httpx.Client, ended: str) -> None:
    answer = client.post(f"/fit/{ended}/predict", json={"x": [1]}, headers={"If-None-Match": "*"})
    assert answer.status_code == 200
    assert "ETag" not in answer.headers
