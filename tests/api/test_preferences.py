"""The header `Prefer`: whoever asks waits for the end of a fit, or leaves most of the answer out."""

import httpx

from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.waiting import PATIENCE

SHORT = {"target": {"points": 10}, "hyperparameters": {"optimizer": "gradient_descent", "steps": 5}}


def test_whoever_prefers_to_wait_gets_the_finished_fit(client: httpx.Client) -> None:
    response = client.post("/fit", json=SHORT, headers={"Prefer": f"wait={PATIENCE}"})
    assert (response.status_code, response.headers["Preference-Applied"]) == (200, f"wait={PATIENCE}")
    assert response.json()["status"] == "succeeded"


def test_whoever_waits_too_short_gets_the_accepted_fit(service: RunningService) -> None:
    response = service.client.post("/fit", json=ENDLESS, headers={"Prefer": "respond-async, wait=0"})
    assert (response.status_code, response.headers["Preference-Applied"]) == (202, "wait=0")
    service.client.post(response.json()["urls"]["cancel"])


def test_whoever_prefers_a_minimal_answer_gets_no_data_and_no_history(service: RunningService) -> None:
    body = {"target": {"x": [0, 1], "y": [0, 1]}, "hyperparameters": {"optimizer": "adam", "steps": 1}}
    posted = service.client.post("/fit", json=body, headers={"Prefer": f"wait={PATIENCE}, return=minimal"})
    assert posted.headers["Preference-Applied"] == f"wait={PATIENCE}, return=minimal"
    read = service.client.get(posted.json()["urls"]["self"], headers={"Prefer": "return=minimal"})
    assert read.headers["Preference-Applied"] == "return=minimal"
    assert posted.json() == read.json()
    assert read.json()["target"] == {"points": 2, "missing": "refuse", "reading": None, "curves": None}
    assert read.json()["result"]["loss_history"] is None


def test_other_preferences_are_ignored(client: httpx.Client) -> None:
    response = client.post("/fit", json=SHORT, headers={"Prefer": "return=representation, waiting=5"})
    assert response.status_code == 202
    assert "Preference-Applied" not in response.headers


def test_whoever_reads_may_wait_for_the_end_too(service: RunningService) -> None:
    fit_id = service.post({"hyperparameters": {"steps": 200_000, "learning_rate": 1e-7, "compression": False}})["id"]
    response = service.client.get(f"/fit/{fit_id}", headers={"Prefer": f"wait={PATIENCE}, return=minimal"})
    assert response.headers["Preference-Applied"] == f"wait={PATIENCE}, return=minimal"
    assert response.json()["status"] == "succeeded"


def test_a_reader_waits_no_longer_than_is_preferred(service: RunningService) -> None:
    fit_id = service.post(ENDLESS)["id"]
    response = service.client.get(f"/fit/{fit_id}", headers={"Prefer": "wait=1"})
    assert response.json()["status"] in ("queued", "running")
    service.client.post(f"/fit/{fit_id}/cancel")


def test_a_reader_of_what_is_not_there_does_not_wait(client: httpx.Client) -> None:
    assert client.get("/fit/fit_0", headers={"Prefer": f"wait={PATIENCE}"}).status_code == 404
