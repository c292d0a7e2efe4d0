"""Fits are posted, found again and compared."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import pytest
from fit_service_client import Client, problems

from tests.helpers.measured import FORMULA, TRUTH, X, Y, decay
from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.waiting import PATIENCE


def test_a_fit_is_posted_and_waited_for(connected: Client) -> None:
    fit = connected.fit(X, Y, FORMULA, start={"a": 1, "b": 1})
    assert (fit.status, fit.reason) == ("succeeded", "converged")
    assert fit.coefficients == pytest.approx(TRUTH, rel=0.05)


def test_without_anything_it_is_the_tutorials_job(connected: Client) -> None:
    assert connected.fit().formula == "a + b * P3(c + d * x)"


def test_a_function_of_python_is_a_model(connected: Client) -> None:
    fit = connected.fit(X, Y, decay)
    assert fit.formula == "a * exp(-b * x) + c"
    assert fit.coefficients == pytest.approx(TRUTH, rel=0.05)


def test_a_fit_that_is_only_submitted_goes_on_by_itself(connected: Client) -> None:
    fit = connected.submit(X, Y, FORMULA)
    assert fit.wait().status == "succeeded"
    assert connected.get(fit.id).coefficients == fit.coefficients


def test_the_list_is_read_page_by_page_by_status_and_label(connected: Client, url: str) -> None:
    label = {"list": url}
    posted = [connected.fit(X, Y, "linear", metadata=label).id for _ in range(3)]
    assert [fit.id for fit in connected.fits(metadata=label)] == posted[::-1]
    assert [fit.id for fit in connected.fits(metadata=label, status=["failed", "cancelled"])] == []
    assert [fit.id for fit in connected.fits(metadata=label, status="succeeded", limit=2)] == posted[::-1]


def test_fits_of_the_same_data_are_compared(connected: Client) -> None:
    line, curve = connected.fit(X, Y, "linear"), connected.fit(X, Y, FORMULA)
    assert connected.compare([line, curve.id])["best"] == curve.id


def test_a_model_is_checked_before_anything_is_fitted(connected: Client) -> None:
    assert [parameter["name"] for parameter in connected.check("b * t + a", variables=["t"])["parameters"]] == [
        "b",
        "a",
    ]
    with pytest.raises(problems.ProblemError, match="#/model"):
        connected.check("b * (x")


def test_a_file_is_read_before_it_is_fitted(connected: Client) -> None:
    table = connected.read_table(b"time;signal\n0,5;1,5\n1,5;2,5\n", reading={"decimal": ","})
    assert [column["maximum"] for column in table["columns"]] == [1.5, 2.5]
    assert (table["suggestion"]["x"], table["suggestion"]["y"]) == ("time", "signal")


def test_what_fits_are_made_of_is_listed(connected: Client) -> None:
    assert connected.model("gaussian")["name"] == "gaussian"
    assert connected.optimizers()["data"]
    assert connected.losses()["data"]
    assert connected.functions()["constants"]["pi"] == pytest.approx(np.pi)
    assert connected.devices()["data"][0]["device"] == "cpu"
    with pytest.raises(problems.ModelNotFoundError):
        connected.model("gauss")


@contextmanager
def interrupted_once_it_runs(service: RunningService) -> Iterator[None]:
    """Interrupt the main thread, as Ctrl-C does, once a fit is running."""

    def interrupt() -> None:
        running = {"status": "running"}
        service.wait_until(lambda: service.client.get("/fit", params=running).json()["data"], "a running fit")
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    yield
    thread.join()


def test_whoever_interrupts_a_post_that_is_held_cancels_its_fit(connected: Client, service: RunningService) -> None:
    label = {"interrupted": "while it is posted"}
    with pytest.raises(KeyboardInterrupt), interrupted_once_it_runs(service):
        connected.fit(**ENDLESS, metadata=label)
    (fit,) = connected.fits(metadata=label)
    assert fit.wait().status == "cancelled"


def test_whoever_interrupts_the_wait_for_a_fit_cancels_it(connected: Client) -> None:
    def interrupt(_progress: object) -> None:
        raise KeyboardInterrupt

    label = {"interrupted": "while it is waited for"}
    with pytest.raises(KeyboardInterrupt):
        connected.fit(**ENDLESS, metadata=label, progress=interrupt)
    (fit,) = connected.fits(metadata=label)
    assert fit.wait().status == "cancelled"


def test_whoever_interrupts_a_submit_before_it_is_answered_cancels_the_fit(connected: Client, url: str) -> None:
    interruptions = [KeyboardInterrupt()]

    def interrupt(_answer: httpx.Response) -> None:
        if interruptions:
            raise interruptions.pop()

    label = {"interrupted": "while it is submitted"}
    hooks: dict[str, Any] = {"response": [interrupt]}
    with (
        httpx.Client(event_hooks=hooks, trust_env=False, timeout=PATIENCE) as http,
        pytest.raises(KeyboardInterrupt),
    ):
        Client(url, http=http).submit(**ENDLESS, metadata=label)
    (fit,) = connected.fits(metadata=label)
    assert fit.wait().status == "cancelled"


def test_whoever_interrupts_only_the_waiting_leaves_the_fit_alone(connected: Client, service: RunningService) -> None:
    fit = connected.submit(**ENDLESS)
    with pytest.raises(KeyboardInterrupt), interrupted_once_it_runs(service):
        fit.wait()
    assert fit.refresh().status == "running"
    assert fit.cancel().wait().status == "cancelled"
