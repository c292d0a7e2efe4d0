"""The PyTorch tutorial "Defining new autograd functions", through HTTP."""

import pytest

from tests.helpers.running_service import RunningService


@pytest.fixture(scope="module", params=["float64", "float32"])
def tutorial(service: RunningService, request: pytest.FixtureRequest) -> dict:
    body = {} if request.param == "float64" else {"dtype": request.param}
    return service.fitted(body)


def test_an_empty_body_is_the_tutorials_job(service: RunningService) -> None:
    fit = service.fitted({})
    assert fit["target"] == {"function": "sin", "domain": [-3.141592653589793, 3.141592653589793], "points": 2000}
    assert fit["model"] == "a + b * P3(c + d * x)"
    assert {name: parameter["start"] for name, parameter in fit["parameters"].items()} == {
        "a": 0, "b": -1, "c": 0, "d": 0.3,
    }  # fmt: skip
    assert fit["hyperparameters"]["optimizer"] == "gradient_descent"
    assert fit["hyperparameters"]["learning_rate"] == 5e-6
    assert fit["hyperparameters"]["steps"] == 2000
    assert (fit["device"], fit["dtype"], fit["metadata"]) == ("cpu", "float64", {})


def test_no_body_at_all_is_the_tutorials_job_too(service: RunningService) -> None:
    response = service.client.post("/fit")
    assert response.status_code == 202
    assert response.json()["model"] == "a + b * P3(c + d * x)"


def test_the_tutorials_table_of_losses(tutorial: dict) -> None:
    losses = {row["step"]: row["loss"] for row in tutorial["result"]["loss_history"]}
    assert round(losses[99], 4) == 209.9584 or tutorial["dtype"] == "float32"
    assert losses[99] == pytest.approx(209.9584, abs=2e-4)
    assert losses[1999] == pytest.approx(8.9436, abs=2e-4)


def test_the_tutorials_coefficients(tutorial: dict) -> None:
    coefficients = tutorial["result"]["coefficients"]
    assert coefficients["b"] == pytest.approx(-2.20853, abs=2e-5)
    assert coefficients["d"] == pytest.approx(0.255486, abs=2e-6)
    assert coefficients["a"] == pytest.approx(0, abs=1e-6)
    assert coefficients["c"] == pytest.approx(0, abs=1e-6)


def test_it_ends_because_all_steps_are_done(tutorial: dict) -> None:
    assert (tutorial["status"], tutorial["reason"], tutorial["error"]) == ("succeeded", "max_steps", None)
    assert tutorial["progress"]["step"] == tutorial["result"]["steps"] == 2000


def test_the_last_row_of_the_history_is_the_loss_of_the_coefficients(tutorial: dict) -> None:
    last = tutorial["result"]["loss_history"][-1]
    assert last == {"step": 2000, "loss": tutorial["result"]["final_loss"]}
    assert tutorial["progress"]["loss"] == tutorial["result"]["final_loss"]


def test_the_formula_of_the_result_is_a_target_that_the_same_coefficients_fit_perfectly(
    service: RunningService,
) -> None:
    found = service.fitted({})["result"]
    again = {
        "target": {"function": found["formula"]},
        "parameters": found["coefficients"],
        "hyperparameters": {"steps": 1},
    }
    assert service.fitted(again)["result"]["final_loss"] == pytest.approx(0, abs=1e-20)


def test_timings_say_where_the_time_went(tutorial: dict) -> None:
    timings = tutorial["result"]["timings"]
    assert set(timings) == {"queued", "building", "training"}
    assert all(seconds >= 0 for seconds in timings.values())
