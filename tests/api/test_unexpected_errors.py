"""What nobody foresaw is answered as a problem and logged once; an outage of the database is told as such."""

import socket
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from tests.helpers.fits_of_all_kinds import KINDS
from tests.helpers.running_service import RunningService


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """Start a service whose database is disturbed, and which is well again after each test."""
    running = RunningService(tmp_path_factory.mktemp("fragile"), workers=1)
    yield running
    running.close()


@contextmanager
def further_log(service: RunningService) -> Iterator[list[str]]:
    """Return what the service logs meanwhile, once the context is left."""
    before, further = len(service.log), list[str]()
    yield further
    further.append(service.log[before:])


@contextmanager
def without_table(service: RunningService, table: str) -> Iterator[None]:
    """Make a mistake in the service, as statements see it: the table that they name is not there."""
    with closing(sqlite3.connect(service.database)) as connection:
        connection.execute(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")
        yield
        connection.execute(f"ALTER TABLE {table}_elsewhere RENAME TO {table}")


def test_a_mistake_of_the_service_is_an_internal_error_logged_once_with_the_fit(fragile: RunningService) -> None:
    fit_id = fragile.fitted({"hyperparameters": {"steps": 5}})["id"]
    with further_log(fragile) as log, without_table(fragile, "fit_losses"):
        response = fragile.client.get(f"/fit/{fit_id}/history")
    assert (response.status_code, response.json()["type"]) == (500, "/problems/internal-error")
    assert "fit_losses" not in response.text
    named = f"error: GET /fit/{{fit_id}}/history of {fit_id} failed request={response.headers['X-Request-ID']}"
    assert f"{named}\nTraceback" in log[0]
    assert log[0].count("sqlalchemy.exc.OperationalError: ") == 1
    assert "Exception in ASGI application" not in log[0]


def test_a_mistake_after_a_fit_was_posted_is_logged_with_its_id(fragile: RunningService) -> None:
    with further_log(fragile) as log, without_table(fragile, "fit_metadata"):
        assert fragile.client.post("/fit", json={}, headers={"Prefer": "return=minimal"}).status_code == 500
    newest = fragile.client.get("/fit?limit=1").json()["data"][0]["id"]
    assert f"POST /fit of {newest} failed request=" in log[0]
    assert "\nTraceback" in log[0]
    # Its worker would meet the next table that is missing.
    fragile.ended(newest)


def test_only_the_id_of_a_fit_is_logged_of_what_a_client_sends(fragile: RunningService) -> None:
    with further_log(fragile) as log, without_table(fragile, "fits"):
        assert fragile.client.get("/fit/private%0Awords").status_code == 500
    assert "GET /fit/{fit_id} failed request=" in log[0]
    assert "private" not in log[0]


def test_a_busy_database_is_told_as_such_and_logged_without_traceback_and_parameters(fragile: RunningService) -> None:
    with further_log(fragile) as log, closing(sqlite3.connect(fragile.database)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        response = fragile.client.post("/fit", json={"metadata": {"sample": "private"}})
    assert (response.status_code, response.json()["type"]) == (503, "/problems/database-unavailable")
    assert response.headers["Retry-After"] == "5"
    words = (
        "POST /fit: the database can't be used at the moment: (sqlite3.OperationalError) database is locked request="
    )
    assert log[0].count(words) == 1
    assert "Traceback" not in log[0]
    assert "private" not in log[0]


def test_a_client_that_goes_in_the_middle_of_its_request_is_no_error(fragile: RunningService) -> None:
    with further_log(fragile) as log:
        for media_type in ("application/json", "multipart/form-data; boundary=part"):
            with socket.create_connection(("127.0.0.1", fragile.port)) as connection:
                head = f"POST /fit HTTP/1.1\r\nHost: here\r\nContent-Type: {media_type}\r\nContent-Length: 1000\r\n\r\n"
                connection.sendall(head.encode() + b"--part\r\n")
        assert fragile.fitted()["status"] == "succeeded"
    assert log == [""]


@pytest.mark.long
def test_what_is_not_done_when_the_service_stops_is_told_so(start_service: Callable[..., RunningService]) -> None:
    service = start_service(workers=1)
    with ThreadPoolExecutor(1) as pool:
        posted = pool.submit(service.client.post, "/fit", json=KINDS["large body"])
        service.wait_until(lambda: service.calculation_processes, "a calculation process")
        for process in service.calculation_processes:
            process.suspend()
        service.terminate()
        answer = posted.result()
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/service-stopping")
    assert "Traceback" not in service.log
