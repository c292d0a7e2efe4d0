"""The end of a fit is heard of by events, or by asking again and again."""

import json
from typing import Any

import httpx
import pytest
from fit_service_client import Client, WaitTimeoutError, problems
from fit_service_client.waiting import Events

from tests.helpers.faulty_proxy import FaultyProxy
from tests.helpers.measured import FORMULA, X, Y
from tests.helpers.running_service import ENDLESS, RunningService
from tests.helpers.waiting import PATIENCE

LONG = {**ENDLESS, "hyperparameters": {**ENDLESS["hyperparameters"], "max_seconds": 4}}
"""A fit that ends by itself, later than the answer to its post."""


def test_the_progress_is_told_until_the_end(connected: Client) -> None:
    told: list[int] = []
    fit = connected.fit(**LONG, progress=lambda progress: told.append(progress["step"]))
    assert (fit.status, fit.reason) == ("succeeded", "timeout")
    assert told == sorted(told)
    assert told[-1] == fit.progress["step"] > 0


def test_events_say_the_end_and_nothing_is_asked_meanwhile(url: str) -> None:
    asked: list[str] = []
    hooks: dict[str, Any] = {"request": [lambda request: asked.append(f"{request.method} {request.url.path}")]}
    with httpx.Client(event_hooks=hooks, trust_env=False, timeout=PATIENCE) as http:
        fit = Client(url, http=http).fit(**LONG)
    assert fit.reason == "timeout"
    assert asked == ["POST /fit", f"GET /fit/{fit.id}/events", f"GET /fit/{fit.id}"]


def test_a_stream_that_breaks_is_opened_again(behind_proxy: Client, proxy: FaultyProxy) -> None:
    proxy.faults = ["none", "lose the answer"]
    fit = behind_proxy.fit(**LONG)
    assert fit.reason == "timeout"
    assert [path for _, path in proxy.passed].count(f"/fit/{fit.id}/events") == 2


def test_a_fit_that_is_deleted_while_it_is_waited_for_is_an_error(connected: Client) -> None:
    fit = connected.submit(**ENDLESS)

    def delete(_progress: object) -> None:
        connected.get(fit.id).cancel().wait().delete()

    with pytest.raises(problems.FitNotFoundError):
        fit.wait(progress=delete)


def test_where_no_events_come_the_fit_is_asked_for_again_and_again(behind_proxy: Client, proxy: FaultyProxy) -> None:
    proxy.hidden = "/events"
    fit = behind_proxy.fit(**LONG)
    assert fit.reason == "timeout"
    assert len([path for method, path in proxy.passed if method == "GET"]) > 1


def test_who_waits_only_so_long_is_told_that_the_fit_goes_on(connected: Client) -> None:
    fit = connected.submit(**ENDLESS)
    with pytest.raises(WaitTimeoutError, match=f"{fit.id} has not ended in 0.5 s"):
        fit.wait(timeout=0.5)
    assert fit.refresh().status in ("queued", "running")
    assert fit.cancel().wait().status == "cancelled"


def test_a_fit_that_has_ended_is_not_waited_for(connected: Client, service: RunningService) -> None:
    fit = connected.fit(X, Y, FORMULA)
    service.client.delete(f"/fit/{fit.id}")
    assert fit.wait() is fit


def test_events_are_read_however_their_bytes_are_cut() -> None:
    text = b': comment\n\nretry: 2000\n\nevent: snapshot\r\nid: 1.2.3\r\ndata: {"a":\ndata: 1}\n\nid: 1.2.4\n\n'
    events = Events()
    read = [event for place in range(len(text)) for event in events.read(text[place : place + 1])]
    assert read == [("snapshot", json.loads('{"a": 1}'))]
    assert events.last_id == "1.2.4"
