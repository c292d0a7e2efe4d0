"""A service on a database of commit b25c7f0: what was answered then is answered now, what was under way goes on."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.older_versions import (
    ROUNDING,
    ROUNDING_OF_FLOAT32,
    answers_of_b25c7f0,
    database_of_b25c7f0,
    differences,
)
from tests.helpers.running_service import RunningService

BEFORE = answers_of_b25c7f0()
CASES: dict[str, dict[str, Any]] = BEFORE["cases"]
ENDED = {name: case for name, case in CASES.items() if "answers" in case}
WITH_KEY = [name for name, case in CASES.items() if "Idempotency-Key" in (case["post"].get("headers") or {})]
UNFINISHED = [name for name, case in CASES.items() if case.get("expected") is not None]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("b25c7f0")
    (folder / "fits.db").write_bytes(database_of_b25c7f0())
    running = RunningService(folder, workers=1)
    yield running
    running.close()
    assert "Warning" not in running.log, running.log


@pytest.mark.parametrize("name", ENDED)
def test_an_ended_fit_answers_as_it_did(old: RunningService, name: str) -> None:
    for before in ENDED[name]["answers"]:
        response = old.client.request(before["method"], before["path"], json=before.get("body"))
        assert response.status_code == before["status_code"], response.text
        if "json" in before and before["status_code"] < 400:
            assert list(differences(response.json(), before["json"])) == [], before["path"]


@pytest.mark.parametrize("name", WITH_KEY)
def test_a_post_that_is_repeated_with_its_key_makes_no_second_fit(old: RunningService, name: str) -> None:
    post, headers = CASES[name]["post"], CASES[name]["post"]["headers"]
    if "upload" in post:
        upload = post["upload"]
        parts = {
            "fit": (None, upload["fit"], "application/json"),
            "data": (upload["filename"], upload["data"], upload["content_type"]),
        }
        response = old.client.post("/fit", files=parts, headers=headers)
    else:
        response = old.client.post("/fit", json=post["body"], headers=headers)
    assert (response.status_code, response.json().get("id")) == (200, CASES[name]["id"]), response.text


@pytest.mark.parametrize("name", UNFINISHED)
def test_an_unfinished_fit_ends_as_it_would_have_then(old: RunningService, name: str) -> None:
    rounding = ROUNDING_OF_FLOAT32 if name.endswith("float32") else ROUNDING
    expected, fit = CASES[name]["expected"], old.ended(CASES[name]["id"])
    assert (fit["status"], fit["reason"]) == (expected["status"], expected["reason"])
    assert list(differences(fit["result"]["coefficients"], expected["coefficients"], rounding=rounding)) == []
    losses = [loss for _, loss in old.losses(fit["id"])]
    assert len(losses) == expected["rows"]
    assert list(differences(losses, expected["history"], rounding=rounding)) == []
    if "curves" in expected:
        page = old.client.get(f"/fit/{fit['id']}/curves", params={"limit": 1000}).json()["data"]
        coefficients = [{f"coefficients.{name}": value for name, value in row["coefficients"].items()} for row in page]
        before = [{name: row[name] for name in row if name.startswith("coefficients.")} for row in expected["curves"]]
        assert list(differences(coefficients, before, rounding=rounding)) == []


def test_a_fit_that_was_to_be_cancelled_is_cancelled_and_keeps_what_it_had(old: RunningService) -> None:
    case = CASES["cancelling"]
    fit = old.ended(case["id"])
    assert fit["status"] == "cancelled"
    assert list(differences(fit["result"]["coefficients"], case["reached"]["coefficients"])) == []


def test_pages_list_what_they_listed(old: RunningService) -> None:
    for before in BEFORE["pages"]:
        response = old.client.request(before["method"], before["path"])
        ids = [fit["id"] for fit in response.json()["data"]]
        if "status" not in before["path"]:
            assert ids == [fit["id"] for fit in before["json"]["data"]], before["path"]
