"""Slow and many clients, over real sockets: none keeps the others from being answered."""

import json
import math
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import psutil
import pytest

from app.descriptors import provide_descriptors
from app.settings import SettingsError
from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.waiting import PATIENCE

CONNECTIONS = 60
WAITS = 2
SHORT = {"target": {"points": 10}, "hyperparameters": {"steps": 5}}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    seconds = {"head_seconds": 2, "body_seconds": 2, "send_seconds": 2, "max_wait_seconds": PATIENCE}
    folder = tmp_path_factory.mktemp("service")
    running = RunningService(folder, workers=1, max_connections=CONNECTIONS, max_waits=WAITS, **seconds)
    yield running
    running.close()


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Hold the connections of a test, which end with it."""
    with ExitStack() as stack:
        yield stack


def connected(service: RunningService, opened: ExitStack, request: str = "") -> socket.socket:
    """Return a connection over which so much of a request was sent; it hardly buffers what it does not read."""
    connection = opened.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**12)
    connection.connect(("127.0.0.1", service.port))
    connection.sendall(request.replace("\n", "\r\n").encode())
    return connection


def received(connection: socket.socket) -> bytes:
    """Return all that comes until the service closes the connection."""
    content = b""
    with suppress(ConnectionResetError):
        while block := connection.recv(2**16):
            content += block
    return content


def asked_anew(service: RunningService, path: str) -> httpx.Response:
    """Return the answer to a request over a connection of its own."""
    return httpx.get(f"http://127.0.0.1:{service.port}{path}", trust_env=False, timeout=PATIENCE)


@pytest.mark.parametrize(
    "half",
    [
        "GET /liv",
        "GET /livez HTTP/1.1\nHost: localhost\nX-Never",
        "POST /fit HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 100\n\n{",
        "POST /fit HTTP/1.1\nHost: localhost\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n1\n{\n",
    ],
    ids=["line", "header", "body", "chunk"],
)
def test_half_a_request_ends_after_a_time_with_a_problem(service: RunningService, opened: ExitStack, half: str) -> None:
    head, _, body = received(connected(service, opened, half)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in head.lower()
    assert json.loads(body)["type"] == "/problems/request-too-slow"


def test_a_connection_that_says_nothing_ends_without_a_word(service: RunningService, opened: ExitStack) -> None:
    assert received(connected(service, opened)) == b""


def test_the_file_of_half_a_large_body_is_deleted_with_it(service: RunningService, opened: ExitStack) -> None:
    half = "POST /fit HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: 9999999\n\n"
    connection = connected(service, opened, half + " " * 2**19)
    service.wait_until(lambda: service.spooled, "a file")
    assert received(connection).startswith(b"HTTP/1.1 408 ")
    service.wait_until(lambda: not service.spooled, "no file")


def test_readers_that_do_not_read_are_cut_off_and_hold_up_nobody(service: RunningService, opened: ExitStack) -> None:
    numbers = [math.sin(index) for index in range(100_000)]
    body: dict[str, Any] = {"target": {"x": numbers, "y": numbers}, "model": "a + b * x"}
    data = service.fitted(body)["urls"]["self"] + "/data"
    whole = len(service.client.get(data).content)
    readers = [connected(service, opened, f"GET {data} HTTP/1.1\nHost: localhost\n\n") for _ in range(45)]
    service.wait_until(lambda: service.spooled, "answers on their way")
    assert service.fitted(SHORT)["status"] == "succeeded"
    assert service.client.get("/livez").status_code == 200
    service.wait_until(lambda: not service.spooled, "no file")
    for reader in readers:
        head, _, content = received(reader).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert 0 < len(content) < whole


def test_what_asks_over_more_connections_than_the_limit_is_told_so_while_livez_answers(
    service: RunningService, opened: ExitStack
) -> None:
    answer = asked_anew(service, "/models")
    while answer.status_code != 503:
        # The connections that fill the service say nothing, so they end in a moment, and others must come.
        for _ in range(CONNECTIONS + 100):
            connected(service, opened)
        assert asked_anew(service, "/livez").status_code == 200
        answer = asked_anew(service, "/models")
    assert answer.json()["type"] == "/problems/too-many-connections"
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Connection"] == "close"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    opened.close()
    service.wait_until(lambda: asked_anew(service, "/models").status_code == 200, "room")
    assert service.log.count("FIT_MAX_CONNECTIONS") == 1


def test_of_more_waits_than_the_limit_the_last_are_answered_at_once_and_told_so(
    service: RunningService, opened: ExitStack
) -> None:
    fit = service.client.post("/fit", json=ENDLESS, headers={"Idempotency-Key": "endless"}).json()
    body = json.dumps(ENDLESS)
    head = f"POST /fit HTTP/1.1\nHost: localhost\nContent-Type: application/json\nContent-Length: {len(body)}\n"
    wish = f"Idempotency-Key: endless\nPrefer: wait={PATIENCE}\nConnection: close\n\n"

    def applied() -> str | None:
        wish = {"Idempotency-Key": "endless", "Prefer": "wait=1, return=minimal"}
        answer = service.client.post("/fit", json=ENDLESS, headers=wish)
        assert answer.status_code in (200, 202)
        return answer.headers["Preference-Applied"]

    asked = []
    while applied() != "return=minimal":
        asked.append(connected(service, opened, f"{head}{wish}{body}"))
    assert service.cancelled(fit["id"])["status"] == "cancelled"
    told = [answer for answer in map(received, asked) if f"wait={PATIENCE}".encode() in answer]
    assert [answer.partition(b"\r\n")[0] for answer in told] == [b"HTTP/1.1 200 OK"] * WAITS
    assert applied() == "wait=1, return=minimal"


def test_where_descriptors_run_out_it_is_told_once_and_the_service_goes_on_when_there_are_some(
    service: RunningService, opened: ExitStack
) -> None:
    process = psutil.Process(service.process.pid)
    before = process.rlimit(psutil.RLIMIT_NOFILE)
    # What is open stays so, but nothing more can be opened.
    process.rlimit(psutil.RLIMIT_NOFILE, (3, before[1]))
    try:
        connected(service, opened)
        service.wait_until(lambda: "no file descriptor is left" in service.log, "words about descriptors")
    finally:
        process.rlimit(psutil.RLIMIT_NOFILE, before)
    assert asked_anew(service, "/livez").status_code == 200
    assert service.log.count("no file descriptor is left") == 1
    assert "out of system resource" not in service.log


def test_more_connections_than_the_system_has_descriptors_for_are_refused_at_the_start() -> None:
    with pytest.raises(SettingsError, match="FIT_MAX_CONNECTIONS: this process may open"):
        provide_descriptors(2**40)
