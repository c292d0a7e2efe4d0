"""What a worker process does with a fit, run in the process of the test."""

from dataclasses import replace

import pytest
import torch
from sqlalchemy import Engine, update
from sqlalchemy.exc import OperationalError

from app.jobs.store import queue
from app.jobs.store.attempt import Attempt
from app.jobs.store.database import writing
from app.jobs.store.fits import Store
from app.jobs.store.tables import fits
from app.jobs.store.turns import Turns
from app.jobs.submission.resolve import Submission
from app.jobs.worker.driver import unforeseen
from app.jobs.worker.process import run_fits
from tests.helpers.trained_fits import run, submitted, worker_settings


def claimed(engine: Engine, submission: Submission) -> Attempt:
    Store(engine).create(submission)
    ((attempt,),) = queue.claim(engine, "me", 1, Turns())
    return attempt


def test_a_fit_is_trained_to_its_end(engine: Engine) -> None:
    attempt = claimed(
        engine, submitted({"target": {"points": 10}, "hyperparameters": {"learning_rate": 5e-6, "steps": 5}})
    )
    run(engine, attempt)
    record = Store(engine).get(attempt.fit_id)
    assert (record.status, record.step) == ("succeeded", 5)
    assert len(Store(engine).history(record)) == 6


def test_data_and_dtype_reach_the_training(engine: Engine) -> None:
    body = {
        "target": {"x": [1.0], "y": [0.7]},
        "model": "a * x",
        "parameters": {"a": 0.1},
        "hyperparameters": {"learning_rate": 0.1, "steps": 1},
        "dtype": "float32",
    }
    attempt = claimed(engine, submitted(body))
    run(engine, attempt)
    history = Store(engine).history(Store(engine).get(attempt.fit_id))
    assert history[0] == ((torch.tensor(0.1) - torch.tensor(0.7)) ** 2).item() != (0.1 - 0.7) ** 2


def test_an_attempt_that_is_not_current_is_left_alone(engine: Engine) -> None:
    old = claimed(engine, submitted({}))
    queue.release(engine, "me")
    run(engine, old)
    assert Store(engine).get(old.fit_id).status == "queued"


def test_a_mistake_of_the_service_fails_the_fit_and_tells_no_internals(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    attempt = claimed(engine, submitted({}))
    with writing(engine) as connection:
        connection.execute(update(fits).values(request={"no": "request"}))
    run(engine, attempt)
    record = Store(engine).get(attempt.fit_id)
    assert (record.status, record.reason) == ("failed", "internal_error")
    assert "KeyError" not in (record.message or "")
    (logged,) = caplog.records
    assert logged.getMessage() == f"{attempt.fit_id} failed"
    assert "KeyError" in caplog.text


def test_a_database_that_can_not_be_opened_is_no_fault_of_the_fit(engine: Engine) -> None:
    attempt = claimed(engine, submitted({"hyperparameters": {"steps": 5}}))
    settings = replace(worker_settings(engine), database_url="sqlite:////nowhere/fits.db")
    with pytest.raises(OperationalError, match="unable to open"):
        run_fits(settings, [attempt])
    assert Store(engine).get(attempt.fit_id).status == "running"


@pytest.mark.parametrize("allocate", [lambda: torch.empty(2**60), lambda: bytearray(2**62)], ids=["torch", "python"])
def test_a_failed_allocation_is_told_as_out_of_memory(allocate) -> None:
    with pytest.raises((RuntimeError, MemoryError)) as caught:
        allocate()
    assert unforeseen(caught.value).reason == "out_of_memory"
