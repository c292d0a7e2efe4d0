"""A fit is followed by server-sent events, over connections that may break."""

import itertools
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import httpx
import pytest

from app.schemas.snapshot import FitGone, Snapshot
from tests.helpers.event_streams import ServerSentEvent, following, told
from tests.helpers.running_service import ENDLESS, RunningService

SHORT = {"target": {"points": 10}, "hyperparameters": {"optimizer": "gradient_descent", "steps": 5}}
LONG = {"target": {"points": 2000}, "hyperparameters": {"steps": 300_000, "learning_rate": 1e-7, "compression": False}}
"""A fit of several chunks."""
MOST_STREAMS = 3


def rows(events: list[ServerSentEvent]) -> list[tuple[int, float]]:
    return [(row["step"], row["loss"]) for event in events for row in event.data["losses"]]


@pytest.fixture
def endless(service: RunningService) -> Iterator[str]:
    """Return the id of a fit that is trained until it is cancelled."""
    fit_id = service.post(ENDLESS)["id"]
    service.wait_for_step(fit_id, 1)
    yield fit_id
    service.client.post(f"/fit/{fit_id}/cancel")
    service.ended(fit_id)


def test_snapshots_follow_a_fit_from_its_start_to_its_end(service: RunningService) -> None:
    fit = service.post(LONG)
    events = told(service.client, f"/fit/{fit['id']}/events")
    fit, history = service.get(fit["id"]), dict(service.losses(fit["id"]))
    snapshots = [Snapshot.model_validate(event.data) for event in events]
    steps = [step for step, _ in rows(events)]
    assert {event.name for event in events} == {"snapshot"}
    assert [snapshot.ended for snapshot in snapshots] == [False] * (len(events) - 1) + [True]
    assert (steps[0], steps[-1]) == (0, 300_000)
    assert steps == sorted(set(steps))
    assert all(loss == history[step] for step, loss in rows(events))
    assert max(len(snapshot.losses) for snapshot in snapshots) <= 1000
    last = events[-1].data
    assert {name: last[name] for name in ("fit", "status", "reason", "message", "progress")} == {
        "fit": fit["id"],
        **{name: fit[name] for name in ("status", "reason", "message", "progress")},
    }
    assert last["coefficients"] == fit["result"]["coefficients"]


def test_a_running_fit_is_told_with_its_newest_coefficients(service: RunningService, endless: str) -> None:
    with following(service.client, f"/fit/{endless}/events") as events:
        first, second = itertools.islice(events, 2)
    assert first.data["status"] == second.data["status"] == "running"
    assert set(first.data["coefficients"]) == {"a", "b", "c", "d"}
    assert first.data["coefficients"] != second.data["coefficients"]
    assert first.data["losses"][0]["step"] == 0
    assert second.data["losses"][0]["step"] == first.data["progress"]["step"] + 1
    assert second.id == f"1.{second.data['progress']['step']}.1"


def test_a_fit_that_has_ended_is_told_at_once_with_its_history(service: RunningService) -> None:
    fit = service.fitted(SHORT)
    (event,) = told(service.client, f"/fit/{fit['id']}/events")
    assert (event.id, event.data["ended"], event.data["status"]) == ("1.5.3", True, "succeeded")
    assert rows([event]) == service.losses(fit["id"])


def test_a_cancel_is_told_step_by_step(service: RunningService, endless: str) -> None:
    statuses = []
    with following(service.client, f"/fit/{endless}/events") as events:
        for event in events:
            if not statuses:
                service.client.post(f"/fit/{endless}/cancel")
            statuses.append(event.data["status"])
    assert [status for status, _ in itertools.groupby(statuses)] == ["running", "cancelling", "cancelled"]


def test_after_a_lost_connection_comes_what_was_missed(service: RunningService, endless: str) -> None:
    with following(service.client, f"/fit/{endless}/events") as events:
        first = next(events)
    service.wait_for_step(endless, first.data["progress"]["step"] + 1)
    service.cancelled(endless)
    missed = told(service.client, f"/fit/{endless}/events", headers={"Last-Event-ID": first.id})
    assert [event.data["status"] for event in missed] == ["cancelling", "cancelled"]
    assert [event.data["ended"] for event in missed] == [False, True]
    assert rows(missed)[0][0] == first.data["progress"]["step"] + 1
    assert rows(missed)[-1] == service.losses(endless)[-1]


def test_a_queued_fit_that_ended_meanwhile_is_told_to_have_run(service: RunningService) -> None:
    fit = service.fitted(SHORT)
    missed = told(service.client, f"/fit/{fit['id']}/events", params={"last_event_id": "0.0.0"})
    assert [event.data["status"] for event in missed] == ["running", "succeeded"]
    assert [event.id for event in missed] == [None, "1.5.3"]
    assert rows(missed) == service.losses(fit["id"])


def test_whoever_was_told_the_end_is_told_not_to_connect_again(service: RunningService) -> None:
    fit = service.fitted(SHORT)
    response = service.client.get(f"/fit/{fit['id']}/events", headers={"Last-Event-ID": "1.5.3"})
    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("unknown", ["7.5.1", "1.6.1", "1.5", "\N{SUPERSCRIPT TWO}.0.0", "abc", "-1.5.1", "1" * 200])
def test_with_an_id_that_is_none_of_the_fit_it_is_told_from_the_start(service: RunningService, unknown: str) -> None:
    fit = service.fitted(SHORT)
    events = told(service.client, f"/fit/{fit['id']}/events", params={"last_event_id": unknown})
    assert rows(events) == service.losses(fit["id"])


def test_of_many_curves_those_that_have_ended_are_counted(service: RunningService) -> None:
    fit = service.fitted({"target": {"x": [0, 1, 2], "y": [[0, 1, 2], [1, 2, 3]]}, "model": "a + b * x"})
    (event,) = told(service.client, f"/fit/{fit['id']}/events")
    assert (event.data["progress"]["curves"], event.data["coefficients"]) == (2, None)
    assert rows([event]) == service.losses(fit["id"])


def test_a_fit_that_is_not_there_is_no_stream(client: httpx.Client) -> None:
    response = client.get("/fit/fit_0/events")
    assert (response.status_code, response.json()["type"]) == (404, "/problems/fit-not-found")


def test_a_stream_is_not_stored_and_not_held_back(service: RunningService, endless: str) -> None:
    with service.client.stream("GET", f"/fit/{endless}/events") as response:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Accel-Buffering"] == "no"
        assert next(response.iter_lines()) == "retry: 2000"


def test_only_the_head_of_a_stream_does_not_wait_for_its_end(service: RunningService, endless: str) -> None:
    response = service.client.head(f"/fit/{endless}/events")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")


def test_several_fits_are_followed_by_one_stream(service: RunningService, endless: str) -> None:
    ended = service.fitted(SHORT)["id"]
    path = f"/events?fit={endless}&fit={ended}&fit=fit_0&fit={ended}"
    with following(service.client, path) as events:
        first = list(itertools.islice(events, 3))
        service.client.post(f"/fit/{endless}/cancel")
        rest = list(events)
    of_ended = [event for event in first if event.data["fit"] == ended]
    assert [event.name for event in first] == ["snapshot", "snapshot", "gone"]
    assert [event.id is None for event in first] == [True, True, False]
    assert rows(of_ended) == service.losses(ended)
    assert FitGone.model_validate(first[-1].data).type == "/problems/fit-not-found"
    assert {event.data["fit"] for event in rest} == {endless}
    assert (rest[-1].data["status"], rest[-1].data["ended"]) == ("cancelled", True)


def test_one_id_stands_for_how_much_was_told_of_several_fits(service: RunningService, endless: str) -> None:
    ended = service.fitted(SHORT)["id"]
    path = f"/events?fit={endless}&fit={ended}&fit=fit_0"
    with following(service.client, path) as events:
        first = list(itertools.islice(events, 3))
    service.cancelled(endless)
    missed = told(service.client, path, headers={"Last-Event-ID": first[-1].id or ""})
    assert {event.data["fit"] for event in missed} == {endless}
    assert rows(missed)[0][0] == first[0].data["progress"]["step"] + 1
    assert service.client.get(path, headers={"Last-Event-ID": missed[-1].id or ""}).status_code == 204
    others = told(service.client, f"/events?fit={ended}&fit={endless}", headers={"Last-Event-ID": missed[-1].id or ""})
    assert {event.data["fit"]: event.data["losses"][0]["step"] for event in others} == {endless: 0, ended: 0}


@pytest.mark.parametrize("query", ["", "?fit=" + "&fit=".join(map(str, range(101)))])
def test_a_stream_is_of_one_fit_to_a_hundred(client: httpx.Client, query: str) -> None:
    assert client.get(f"/events{query}").status_code == 422


@pytest.fixture(scope="module")
def one_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """Return a service of which tests kill the worker, or change the database."""
    running = RunningService(tmp_path_factory.mktemp("one worker"), workers=1, max_streams=MOST_STREAMS)
    yield running
    running.close()


@pytest.fixture
def trained(one_worker: RunningService) -> Iterator[str]:
    """Return the id of a fit that keeps the only worker busy."""
    fit_id = one_worker.post(ENDLESS)["id"]
    one_worker.wait_for_step(fit_id, 1)
    yield fit_id
    one_worker.cancelled(fit_id)


@pytest.mark.parametrize(
    ("statement", "kind"),
    [("DELETE FROM fits", "fit-not-found"), ("UPDATE fits SET request = '{}', heartbeat_at = 1", "fit-damaged")],
    ids=["deleted", "damaged"],
)
@pytest.mark.usefixtures("trained")
def test_a_fit_of_which_no_more_can_be_told_is_gone(one_worker: RunningService, statement: str, kind: str) -> None:
    waiting = one_worker.post(ENDLESS)["id"]
    path = f"/fit/{waiting}/events"
    with following(one_worker.client, path) as events:
        assert next(events).data["status"] == "queued"
        # As another service on the same database might.
        with closing(sqlite3.connect(one_worker.database)) as connection, connection:
            connection.execute(f"{statement} WHERE id = ?", (waiting,))
        (last,) = events
    assert (last.name, FitGone.model_validate(last.data).type) == ("gone", f"/problems/{kind}")
    assert one_worker.client.get(path, headers={"Last-Event-ID": last.id or ""}).status_code == 204


def attempt_of(event: ServerSentEvent) -> int:
    """Return the attempt in the id of an event; on a busy machine a fit may be handed on more than once."""
    return int((event.id or "0").partition(".")[0])


def test_a_stream_goes_on_with_the_next_worker(one_worker: RunningService, trained: str) -> None:
    events: list[ServerSentEvent] = []
    with following(one_worker.client, f"/fit/{trained}/events") as stream:
        events.append(next(stream))
        (worker,) = one_worker.worker_processes
        worker.kill()
        while attempt_of(events[-1]) < 2 or not events[-1].data["losses"]:
            events.append(next(stream))
    steps = [step for step, _ in rows(events)]
    assert steps == sorted(set(steps))


def test_more_streams_than_the_limit_are_refused(one_worker: RunningService, trained: str) -> None:
    path = f"/fit/{trained}/events"
    with ExitStack() as streams:
        # Of a stream before, the service may not have noticed yet that it is closed.
        for _ in range(MOST_STREAMS + 1):
            response = streams.enter_context(one_worker.client.stream("GET", path))
            if response.status_code != 200:
                break
        assert (response.status_code, response.json()["type"]) == (503, "/problems/too-many-streams")
        assert response.headers["Retry-After"] == "5"
    one_worker.wait_until(lambda: opens(one_worker, path), "room for another stream")


def opens(service: RunningService, path: str) -> bool:
    with service.client.stream("GET", path) as response:
        return response.status_code == 200


@pytest.mark.long
def test_a_stop_of_the_service_ends_streams_which_go_on_afterwards(
    start_service: Callable[..., RunningService],
) -> None:
    service = start_service(workers=1)
    fit_id = service.post(ENDLESS)["id"]
    service.wait_for_step(fit_id, 1)
    with following(service.client, f"/fit/{fit_id}/events") as stream:
        events = [next(stream)]
        service.process.terminate()
        events += stream
    # uvicorn passes the signal on to itself once everything is closed.
    assert service.process.wait() in (0, -signal.SIGTERM)
    assert not events[-1].data["ended"]
    service.start()
    with following(service.client, f"/fit/{fit_id}/events", headers={"Last-Event-ID": events[-1].id or ""}) as stream:
        while not events[-1].data["losses"] or events[-1].data["status"] != "running" or len(events) < 3:
            events.append(next(stream))
        service.client.post(f"/fit/{fit_id}/cancel")
        events += stream
    steps = [step for step, _ in rows(events)]
    assert steps == sorted(set(steps))
    assert events[-1].data["ended"]
    assert "Traceback" not in service.log
