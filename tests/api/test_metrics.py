"""Figures for Prometheus, of a running service."""

import os
import signal
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.helpers.running_service import ENDLESS, RunningService

SMALL = {"target": {"points": 10}, "hyperparameters": {"steps": 5}}


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    running = RunningService(tmp_path_factory.mktemp("counting"), workers=1)
    yield running
    running.close()


def figure(service: RunningService, name: str, **labels: str) -> float:
    """Return a figure; 0 as long as there is none."""
    text = service.client.get("/metrics").text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return sum(sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items())


def test_what_prometheus_asks_for_is_text_in_its_format(counting: RunningService) -> None:
    answer = counting.client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert list(text_string_to_metric_families(answer.text))


def test_requests_are_counted_by_route_and_status(counting: RunningService) -> None:
    route = {"method": "GET", "route": "/fit/{fit_id}", "status": "404"}
    before = figure(counting, "fit_service_request_seconds_count", **route)
    for _ in range(2):
        counting.client.get("/fit/fit_0")
    assert figure(counting, "fit_service_request_seconds_count", **route) == before + 2


def test_addresses_and_methods_that_there_are_not_make_one_row(counting: RunningService) -> None:
    for path in ("/nothing/1", "/nothing/2"):
        counting.client.request("BREW", path)
    text = counting.client.get("/metrics").text
    assert 'method="other",route="none"' in text
    assert "BREW" not in text
    assert "/nothing" not in text


def test_fits_and_their_seconds_are_counted(counting: RunningService) -> None:
    counting.fitted(SMALL)
    succeeded = {"status": "succeeded", "reason": "max_steps"}
    counting.wait_until(lambda: figure(counting, "fit_service_ended_fits_total", **succeeded) == 1, "it is counted")
    assert figure(counting, "fit_service_training_seconds_total") > 0
    counting.wait_until(lambda: figure(counting, "fit_service_fits", status="succeeded") == 1, "it is counted")
    assert figure(counting, "fit_service_stored_bytes") > 0
    assert figure(counting, "fit_service_database_up") == 1


def test_the_queue_is_told_and_how_long_the_oldest_waits(counting: RunningService) -> None:
    fit_ids = [counting.post(ENDLESS)["id"] for _ in range(3)]
    counting.wait_until(lambda: figure(counting, "fit_service_fits", status="queued") == 2, "two wait")
    assert figure(counting, "fit_service_oldest_queued_seconds") > 0
    for fit_id in fit_ids:
        counting.cancelled(fit_id)
    counting.wait_until(lambda: figure(counting, "fit_service_oldest_queued_seconds") == 0, "none waits")


def test_a_worker_that_is_lost_is_counted(counting: RunningService) -> None:
    before = figure(counting, "fit_service_worker_restarts_total")
    os.kill(counting.worker_processes[0].pid, signal.SIGKILL)
    counting.wait_until(lambda: figure(counting, "fit_service_worker_restarts_total") == before + 1, "it is counted")
    assert counting.fitted(SMALL)["status"] == "succeeded"
