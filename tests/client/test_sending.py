"""What the network or the service can't do just now is tried again, and nothing is done twice."""

import socket

import pytest
from fit_service_client import Client, ProblemError, Retries, ServiceUnreachableError, problems

from tests.helpers.faulty_proxy import FaultyProxy
from tests.helpers.measured import FORMULA, X, Y


def test_a_fit_whose_answer_is_lost_is_made_once(behind_proxy: Client, proxy: FaultyProxy) -> None:
    proxy.faults = ["lose the answer"]
    fit = behind_proxy.fit(X, Y, FORMULA, metadata={"test": proxy.url})
    assert proxy.passed[:2] == [("POST", "/fit"), ("POST", "/fit")]
    assert [same.id for same in behind_proxy.fits(metadata={"test": proxy.url})] == [fit.id]


def test_what_comes_from_a_service_or_a_proxy_that_is_not_there_for_a_moment_is_asked_again(
    behind_proxy: Client, proxy: FaultyProxy
) -> None:
    proxy.faults = ["unavailable", "bad gateway", "lose the answer"]
    assert behind_proxy.models()["data"]
    assert proxy.asked == 4


def test_after_so_many_times_the_last_answer_is_an_error(behind_proxy: Client, proxy: FaultyProxy) -> None:
    proxy.faults = ["bad gateway"] * 4
    with pytest.raises(ProblemError, match="502 Bad Gateway: <h1>Out of order</h1>") as raised:
        behind_proxy.models()
    assert (raised.value.status, raised.value.type, proxy.asked) == (502, "about:blank", 4)


def test_a_service_that_asks_for_a_long_wait_is_not_asked_again(behind_proxy: Client, proxy: FaultyProxy) -> None:
    proxy.faults = ["much later"]
    with pytest.raises(ProblemError) as raised:
        behind_proxy.models()
    assert (raised.value.status, proxy.asked) == (503, 1)


def test_what_is_wrong_with_a_request_is_not_sent_again(behind_proxy: Client, proxy: FaultyProxy) -> None:
    with pytest.raises(problems.FitNotFoundError):
        behind_proxy.get("fit_0")
    assert proxy.asked == 1


def test_where_no_service_is_the_error_says_which_address_does_not_answer() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        error = pytest.raises(ServiceUnreachableError, match=f"{url}/models does not answer")
        with Client(url, retries=Retries(count=1, first=0.01)) as client, error:
            client.models()


def test_pauses_grow_up_to_the_longest_unless_the_service_asks_for_one() -> None:
    retries = Retries(count=8)
    pauses = [retries.seconds(attempt) or 0 for attempt in range(8)]
    assert all(0.5 * 0.25 * 2**attempt <= pause <= 8 for attempt, pause in enumerate(pauses[:5]))
    assert retries.seconds(8) is None
    assert retries.seconds(0, {"Retry-After": "7"}) == 7
