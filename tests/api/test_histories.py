"""The loss history over HTTP."""

import csv
import io

import pytest

from tests.helpers.running_service import ENDLESS, RunningService


@pytest.fixture(scope="module")
def fit(service: RunningService) -> dict:
    return service.fitted({"target": {"points": 10}, "hyperparameters": {"learning_rate": 5e-6, "steps": 2000}})


def test_a_whole_history_has_every_step_from_the_start_on(service: RunningService, fit: dict) -> None:
    losses = service.losses(fit["id"])
    assert [step for step, _ in losses] == list(range(2001))
    assert losses[-1] == (2000, fit["result"]["final_loss"])


def test_a_history_is_thinned_by_rows(service: RunningService, fit: dict) -> None:
    history = service.client.get(fit["urls"]["history"], params={"max_points": 25}).json()
    steps = [row["step"] for row in history["data"]]
    assert (history["total_points"], history["fit"]) == (2001, fit["id"])
    assert steps == [0, *range(99, 2000, 100), 2000]
    assert {(row["step"], row["loss"]) for row in history["data"]} <= set(service.losses(fit["id"]))


def test_a_history_as_csv_has_the_same_numbers(service: RunningService, fit: dict) -> None:
    response = service.client.get(fit["urls"]["history"], params={"whole": True, "format": "csv"})
    assert response.headers["Content-Type"].startswith("text/csv")
    rows = csv.DictReader(io.StringIO(response.text))
    assert [(int(row["step"]), float(row["loss"])) for row in rows] == service.losses(fit["id"])


def test_a_queued_or_running_fit_has_the_history_so_far(service: RunningService) -> None:
    fit = service.post(ENDLESS)
    service.wait_for_step(fit["id"], 10)
    losses = service.losses(fit["id"])
    service.client.post(fit["urls"]["cancel"])
    assert len(losses) > 10
    assert [step for step, _ in losses] == list(range(len(losses)))


@pytest.fixture(scope="module")
def fit_with_a_bad_curve(service: RunningService) -> dict:
    target = {"x": [[1, 2, 3], [-1, 2, 3]], "y": [[1, 2, 3], [1, 2, 3]]}
    return service.fitted({"target": target, "model": "a + b * log(x)"})


def test_a_loss_that_is_not_finite_is_null_in_json(service: RunningService, fit_with_a_bad_curve: dict) -> None:
    history = fit_with_a_bad_curve["urls"]["history"]
    rows = service.client.get(history, params={"whole": True, "curve": 1}).json()["data"]
    assert rows == [{"step": 0, "loss": None}]


def test_a_loss_that_is_not_finite_is_an_empty_cell_in_csv(service: RunningService, fit_with_a_bad_curve: dict) -> None:
    history = fit_with_a_bad_curve["urls"]["history"]
    response = service.client.get(history, params={"whole": True, "curve": 1, "format": "csv"})
    assert response.text == "step,loss\n0,\n"
